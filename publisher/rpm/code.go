package rpm

// zypper has exit codes that say more than that all went well, and do not say that something did not: a boot is needed, zypper
// itself must be started again, a late script of a package that is installed has failed.
const (
	zypperReboot  = 102
	zypperRestart = 103
	zypperScript  = 107
)

// goodCode tells whether an exit code is one of a command that did what it was told.
func goodCode(zypper bool, code int) bool {
	return code == 0 || zypper && (code == zypperReboot || code == zypperRestart || code == zypperScript)
}
