// Package rpm collects what a host of the rpm family or of SUSE knows of its own packages, as one scan event, and runs a
// patch command and finds out what became of them, as one run event. It speaks to dnf 4, dnf 5 and zypper.
//
// Its duty is to report, never to classify. Module streams, excludes, version locks, priorities and what the resolver
// would do are asked of the package manager itself; nothing of its policy is worked out here again.
//
// In one line: rpm says what is installed, the package manager, from its cache alone, what could be, and the update notices
// that the repositories publish say why. A scan is complete only where the three fit together.
//
// The flow of [Collector.Collect]:
//
//	os-release, /proc ────────────────────────────────────▶ identity, boot
//	wait until no transaction is at work, note the state of the files
//	  rpm -qa ─────────────▶ what is installed ──────────────┐
//	  repolist, repoinfo ──▶ repositories, trust ────────────┤
//	  repomd.xml ──────────▶ dates, checksums ───────────────┤
//	  updateinfo.xml ──────▶ notices of installed packages ──┼─▶ packages, versions, origins, advisories
//	  repoquery, twice ────▶ versions, and which are kept out┤
//	  check-update ────────▶ candidates ─────────────────────┤
//	  versionlock, a plan ─▶ held, kept back ────────────────┤
//	  rpm -qa ─────────────▶ the same as before? ────────────┘
//	compare the files: changed meanwhile? once more
//
// zypper is asked the same in its own words. What a tool writes (logs, a history, forms of the metadata that it reads faster)
// goes to a directory of ours, in which the host's metadata are links; no lock is taken, nothing is fetched, plugins that
// would ask a server or write to the host stay off.
//
// The guarantee: a scan that says Complete is whole. rpm had nothing to say on stderr, which is where it tells what it left
// out; nobody held its lock, and its answer was the same at both ends; every enabled repository answered, and its list of
// packages and its notices were read with the checksums that its repomd.xml gives; what an upgrade would install, a
// repository was found to carry. Whatever falls short of that is a scan with Complete false and the reason in Error, and has
// no packages; it still carries the identity and the boot facts.
//
// What it does not say: that the metadata is fresh (an origin's Date tells, and IndexAt when the last of the repositories was
// asked), and anything of a host with yum 3, which cannot be asked without changing it. What an unsigned repository says of
// its updates is left out: its notices do not exist. To an ordinary user dnf does not tell what its resolver leaves.
//
// The flow of [Runner.Run], in which the command is all that changes the host:
//
//	rpm -qa ─────────────────────▶ the database before ──────────────┐
//	the same command, --assumeno ▶ plan, and what is left and why ───┤
//	the command ─┬─ stderr ──────▶ reasons ──────────────────────────┼─▶ outcomes, removals, the run's own error and verdict
//	             └─ its logs ────▶ reasons, what was set about ──────┤
//	rpm -qa, rpm -V ─────────────▶ the database after, what is unmet ┤
//	repoquery, check-update ─────▶ what a lock or an exclude kept out┘
//
// Nothing of that is in the command's way: it is started whatever could not be found out, and the report says so. The plan is
// that of the system's own manager, in the command's directory and environment; of zypper it is --dry-run. dnf's history is
// not asked: it marks all or nothing after a kill, and has no run that was refused.
//
// The guarantee: what became of a package is what rpm's database says. Exit code, words and logs only say why; so a late
// script that failed is told though dnf says that all is well, and a version that a killed run left double though dnf says
// that it was upgraded. It does not say who did it: what another process changes at the same time looks like the command's
// work.
package rpm
