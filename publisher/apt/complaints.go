package apt

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/publisher/host"
)

// What goes wrong is told on stderr, by apt in lines that begin with E: (from apt 3 on the command apt says
// Error:, in the user's language, in colours on a terminal) and by dpkg in two lines, of which the second has the reason:
//
//	E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 29005 (perl)
//	dpkg: error processing package acme-post (--configure):
//	 installed acme-post package post-installation script subprocess returned error exit status 3
//
// From dpkg 1.23 on the second is:
//
//	 old acme-post package postinst maintainer script subprocess failed with exit status 3
//
// The words are in the user's language, the letters, the brackets and the names are not. So no word of the second line is
// looked for: it is the reason, whatever it says.

// complaints collects them out of what is written to it. It keeps little of what it gets: a run may write
// megabytes.
type complaints struct {
	errors   []string  // what stood behind "E:"
	warnings []string  // what stood behind "W:" and tells of a failed download
	troubles []trouble // of dpkg
	last     string    // the last line that was not empty
	dpkg     string    // the last line of dpkg's own that tells of no package

	lines    host.Lines
	expected bool // the next line has the reason of the last trouble
}

const maxComplaints = 1_000

// Write takes the next part of what was written to stderr. It never fails.
func (c *complaints) Write(p []byte) (int, error) {
	c.lines.Add(p, c.add)
	return len(p), nil
}

// end closes the line that was begun. Call it behind the last Write too.
func (c *complaints) end() { c.lines.End(c.add) }

func (c *complaints) add(line string) {
	c.last = strings.TrimSpace(line)
	label, text := cutLabel(line)
	labelled := labels[label] != 0 || label == "dpkg"
	if c.expected && (line[0] == ' ' || !labelled) { // of dpkg 1.23 the Ukrainian has no space before it
		c.troubles[len(c.troubles)-1].explain(c.last)
	}
	c.expected = false
	switch {
	case labels[label] == labelError:
		c.errors = appendBounded(c.errors, text)
	case labels[label] == labelWarning:
		if isFetchWarning(text) {
			c.warnings = appendBounded(c.warnings, text)
		}
	case label == "dpkg":
		t, ok := dpkgTrouble(text)
		if !ok {
			c.dpkg = c.last
		} else if len(c.troubles) < maxTroubles {
			c.troubles = append(c.troubles, t)
			c.expected = true
		}
	}
}

// What stands before a complaint of apt's.
const (
	labelError   = 1
	labelWarning = 2
)

// labels are those of apt-get and, in the languages of its catalogs, of the command apt from 3 on.
var labels = map[string]int{
	"E": labelError, "Error": labelError, "Erreur": labelError, "Errore": labelError, "Erro": labelError, "Fehler": labelError,
	"Fout": labelError, "Fel": labelError, "Feil": labelError, "Chyba": labelError, "Błąd": labelError, "Eroare": labelError,
	"Earráid": labelError, "Ошибка": labelError, "Помилка": labelError, "შეცდომა": labelError, "错误": labelError,
	"W": labelWarning, "Warning": labelWarning, "Attention": labelWarning, "Attenzione": labelWarning, "Aviso": labelWarning,
	"Warnung": labelWarning, "Waarschuwing": labelWarning, "Varning": labelWarning, "Advarsel": labelWarning, "Varování": labelWarning,
	"Ostrzeżenie": labelWarning, "Avertisment": labelWarning, "Rabhadh": labelWarning, "Avís": labelWarning, "Advertencia": labelWarning,
	"Предупреждение": labelWarning, "Попередження": labelWarning, "გაფრთხილება": labelWarning, "警告": labelWarning,
}

// cutLabel splits "Erreur : text", "错误：text" and the like.
func cutLabel(line string) (label, text string) {
	at := strings.IndexAny(line, ":：")
	if at < 0 {
		return "", ""
	}
	_, size := utf8.DecodeRuneInString(line[at:])
	return strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+size:])
}

// appendBounded keeps the first and the last lines.
func appendBounded(lines []string, line string) []string {
	if len(lines) < maxComplaints {
		return append(lines, line)
	}
	lines[len(lines)-1] = line
	return lines
}

// processing is the end of "error processing archive /srv/acme-pre_1.1-1_all.deb (--unpack):", in which the words
// around the action are the language's own, and so is where the name stands:
//
//	erreur de traitement de l'archive /srv/acme-pre_1.1-1_all.deb (--unpack) :
//	acme-pre paketi işlenirken sorun yaşandı (--configure):
//	处理软件包 acme-pre (--configure)时出错：
var processing = regexp.MustCompile(`^(.*)\(--([a-z-]+)\)[^:：]*[:：]$`)

func dpkgTrouble(text string) (trouble, bool) {
	m := processing.FindStringSubmatch(text)
	if m == nil || dpkgStages[m[2]] == "" {
		return trouble{}, false
	}
	t := troubleAmong(strings.Fields(m[1]))
	t.stage = cmp.Or(t.stage, dpkgStages[m[2]])
	return t, t.name != "" || t.file != ""
}

// troubleAmong reads what dpkg names in a sentence of any language: the path of an archive, or a package. A word that
// may be a package's name and stands nearer to the end comes first; which of them is one, the database knows.
func troubleAmong(words []string) trouble {
	var t trouble
	for _, word := range slices.Backward(words) {
		found := troubleWith(strings.Trim(word, ":,;\"'«»„“”‘’"), "")
		switch {
		case found.file != "":
			return found
		case t.name == "":
			t = found
		case found.name != "":
			t.others = append(t.others, found.packageID)
		}
	}
	return t
}

// dpkgStages are the stages of dpkg's actions on a package. What is installed in one go was unpacked from an
// archive, and is a package when it is configured.
var dpkgStages = map[string]string{
	"install": stageConfigure, "configure": stageConfigure, "triggers-only": stageConfigure,
	"unpack": stageUnpack, "remove": stageRemove, "purge": stageRemove,
}

// explain adds the reason, which may name the architecture.
func (t *trouble) explain(text string) {
	t.text = text
	if t.arch == "" && t.name != "" {
		t.arch = archWithin(text, t.name)
		t.guessed = t.arch != ""
	}
}
