package rpm

import "strings"

// The words by which a run says where it went wrong: on the way to a transaction, in it, and what is left behind.
const (
	stageResolve   = "resolve"  // the manager finds no way
	stageDownload  = "download" // of a package or a repository
	stageVerify    = "verify"   // a signature
	stageTest      = "test"     // rpm's rehearsal: conflicts of files, room on the disk
	stagePretrans  = "pretrans"
	stagePre       = "pre"
	stageUnpack    = "unpack"
	stagePost      = "post"
	stagePreun     = "preun"
	stagePostun    = "postun"
	stagePosttrans = "posttrans"
	stageTrigger   = "trigger"
	stageDuplicate = "duplicate" // an old version stands beside the new one
)

// scriptStages are the stages of scripts, by the names that rpm and dnf have for them in lower case.
var scriptStages = map[string]string{
	"pretrans": stagePretrans, "pre": stagePre, "prein": stagePre, "post": stagePost, "postin": stagePost,
	"preun": stagePreun, "postun": stagePostun, "posttrans": stagePosttrans,
	"preuntrans": stagePreun, "postuntrans": stagePostun, // from rpm 4.19 on
}

// scriptStage returns the stage of a script of that name, and false for a word that is none.
func scriptStage(name string) (string, bool) {
	name = strings.ToLower(strings.TrimPrefix(name, "%"))
	if strings.Contains(name, "trigger") {
		return stageTrigger, true
	}
	stage, ok := scriptStages[name]
	return stage, ok
}

// after tells whether the new version is in place when a script of that stage runs: its failure takes nothing back.
func isLate(stage string) bool {
	return stage == stagePost || stage == stagePostun || stage == stagePosttrans || stage == stageTrigger
}
