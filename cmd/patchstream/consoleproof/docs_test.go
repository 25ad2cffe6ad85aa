package consoleproof

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// maxPicture bounds what a picture of the README takes.
const maxPicture = 200 << 10

// The pictures that the README shows are of this fleet. With -update they are made anew.
func TestThePicturesOfTheReadme(t *testing.T) {
	b := open(t, operator)
	for name, path := range map[string]string{"console-fleet": "/", "console-host": "/hosts/app-1"} {
		file := filepath.Join("..", "..", "..", "docs", name+".png")
		b.as(look{"light", 1280, 800})
		b.visit(path)
		picture := get(b, chromedp.CaptureScreenshot())
		if len(picture) > maxPicture {
			t.Errorf("the picture of %s has %d bytes", path, len(picture))
		}
		if *update {
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Size() > maxPicture {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}
