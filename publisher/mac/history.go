package mac

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// /Library/Receipts/InstallHistory.plist is a list of dictionaries:
//
//	date            2026-11-03T09:12:44Z
//	displayName     Safari
//	displayVersion  26.1
//	processName     softwareupdated
//
// and `system_profiler -json SPInstallHistoryDataType` tells the same in other words, without the process:
//
//	{"SPInstallHistoryDataType": [{"_name": "Safari", "install_date": "2026-11-03T09:12:44Z",
//	  "install_version": "26.1", "package_source": "package_source_apple"}]}
type installRow struct {
	Date    time.Time `plist:"date"`
	Name    string    `plist:"displayName"`
	Version string    `plist:"displayVersion"`
	Process string    `plist:"processName"`

	byOthers bool // an installer put it there, for which softwareupdate has no updates
}

// updaters are the processes by which Apple's own updates come.
var updaters = []string{
	"softwareupdated", "softwareupdate", "Software Update", "SoftwareUpdateNotificationManager", "macOS Installer", "OS X Installer",
}

const maxRows = 200_000

func parseHistoryPlist(text []byte) ([]installRow, error) {
	var rows []installRow
	if err := decodePlist(text, &rows); err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].byOthers = !slices.Contains(updaters, rows[i].Process)
	}
	return rows, checkRows(rows)
}

func parseHistoryJSON(text []byte) ([]installRow, error) {
	var profile struct {
		Rows *[]struct {
			Name    string `json:"_name"`
			Date    string `json:"install_date"`
			Version string `json:"install_version"`
			Source  string `json:"package_source"`
		} `json:"SPInstallHistoryDataType"`
	}
	if err := json.Unmarshal(text, &profile); err != nil {
		return nil, err
	}
	if profile.Rows == nil {
		return nil, fmt.Errorf("SPInstallHistoryDataType is missing")
	}
	rows := make([]installRow, len(*profile.Rows))
	for i, r := range *profile.Rows {
		at, err := time.Parse(time.RFC3339, r.Date)
		if err != nil && r.Date != "" {
			return nil, fmt.Errorf("SPInstallHistoryDataType[%d].install_date: %.64q is no time", i, r.Date)
		}
		rows[i] = installRow{Date: at, Name: r.Name, Version: r.Version, byOthers: r.Source != "package_source_apple"}
	}
	return rows, checkRows(rows)
}

// checkRows bounds the rows, and trims what is in them.
func checkRows(rows []installRow) error {
	if len(rows) > maxRows {
		return fmt.Errorf("%d rows, the bound is %d", len(rows), maxRows)
	}
	for i := range rows {
		r := &rows[i]
		r.Date = host.KnownTime(r.Date)
		r.Name, r.Version = clean(r.Name), clean(r.Version)
	}
	return nil
}

// clean makes one line of a text, in which nothing is that UTF-8 does not have.
func clean(s string) string {
	return strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "\uFFFD")
}
