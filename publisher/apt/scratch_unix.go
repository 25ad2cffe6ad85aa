//go:build unix && !linux

package apt

import "os"

func scratchFile() (*os.File, error) { return namelessFile() }

func forget(*os.File, int64, int64) {}
