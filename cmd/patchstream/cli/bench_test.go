package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/bench"
)

// What a run measured can be printed in each way, then and later.
func TestBenchPrintsTheSameForPeopleAsForMachines(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	patchstream := func(args ...string) string {
		cmd := exec.Command(binary, append([]string{"bench"}, args...)...)
		cmd.Env = append(os.Environ(), "TMPDIR="+temp)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("bench %v: %v", args, err)
		}
		return string(out)
	}
	measured := patchstream("--packages", "40", "--events", "4", "--repeats", "1", "--case", "first,full", "--part", "scale", "--hosts", "12", "--scale-packages", "30", "-o", "json")
	var report bench.Report
	if err := json.Unmarshal([]byte(measured), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Races) != 2 || len(report.Scales) != 1 || report.Scales[0].FirstRate <= 0 {
		t.Fatalf("%s", measured)
	}
	file := filepath.Join(temp, "bench.json")
	if err := os.WriteFile(file, []byte(measured), 0o600); err != nil {
		t.Fatal(err)
	}
	table, markdown := patchstream("--from", file), patchstream("--from", file, "-o", "markdown")
	if again := patchstream("--from", file, "-o", "json"); again != measured {
		t.Errorf("JSON that was read is printed otherwise: %s", again)
	}
	for _, part := range report.Tables() {
		for _, row := range part.Rows {
			if cells := "| " + strings.Join(row, " | ") + " |"; !strings.Contains(markdown, cells) {
				t.Errorf("the Markdown lacks %s", cells)
			}
			for _, cell := range row {
				if !strings.Contains(table, cell) {
					t.Errorf("the table lacks %s", cell)
				}
			}
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("bench left behind %v, %v", left, err)
	}
}

func TestBenchSaysWhatItCannotMeasure(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--case fast":                   `--case: "fast" is none of first, `,
		"--via pigeon":                  `--via: "pigeon" is none of tcp, process`,
		"--part all":                    `--part: "all" is none of latency, `,
		"--packages 3":                  "hosts of 3 packages cannot be made",
		"--from /nowhere/measured.json": "/nowhere/measured.json",
	} {
		out, err := exec.Command(binary, append([]string{"bench"}, strings.Fields(args)...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("bench %s: %v, %s", args, err, out)
		}
	}
}
