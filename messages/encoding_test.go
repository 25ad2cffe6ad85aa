package messages

import "testing"

func TestReadsTheHeaders(t *testing.T) {
	t.Parallel()
	mp, err := Encode(&Recheck{ID: "c", Host: "h"}, MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	for _, contentType := range []string{"", "application/msgpack", "Application/MsgPack", "application/x-msgpack", "application/vnd.msgpack", " application/msgpack ;v=1"} {
		for _, contentEncoding := range []string{"", "identity", " Identity "} {
			if _, err := Decode(KindRecheck, mp, Encoding{contentType, contentEncoding}); err != nil {
				t.Errorf("%q %q: %v", contentType, contentEncoding, err)
			}
		}
	}
	for _, contentType := range []string{"application/json", "APPLICATION/JSON", "application/json; charset=utf-8", JSON.ContentType()} {
		if _, err := Decode(KindRecheck, []byte(leastRecheck), Encoding{ContentType: contentType}); err != nil {
			t.Errorf("%q: %v", contentType, err)
		}
	}
	for _, contentType := range []string{"text/plain", "json", "application/jsonx"} {
		_, err := Decode(KindRecheck, mp, Encoding{ContentType: contentType})
		refused(t, err, "Content-Type", "is neither application/msgpack nor application/json")
	}
	for _, contentEncoding := range []string{"gzip", "zstd, s2", "snappy"} {
		_, err := Decode(KindRecheck, mp, Encoding{ContentEncoding: contentEncoding})
		refused(t, err, "Content-Encoding", "is neither zstd nor s2")
	}
}

func TestSniffTellsAFileByItsFirstByte(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"v":1}`:               "application/json",
		" \r\n\t{}":             "application/json",
		"\xef\xbb\xbf{}":        "application/json",
		"\xef\xbb\xbf\n {}":     "application/json",
		"hello":                 "application/json", // whose error says more to people
		"":                      "application/json",
		"\x80":                  "application/msgpack",
		"\x8f":                  "application/msgpack",
		"\xde\x00\x01\xa1v\x01": "application/msgpack",
		"\xdf\x00\x00\x00\x01":  "application/msgpack",
	} {
		if got := Sniff([]byte(payload)); got != (Encoding{ContentType: want}) {
			t.Errorf("Sniff(%q) = %+v, want %s", payload, got, want)
		}
	}
	event, err := Decode(KindRecheck, []byte("\xef\xbb\xbf \n"+leastRecheck+"\n"), Encoding{ContentType: "application/json"})
	if err != nil || event.EventID() != "c" {
		t.Error(event, err)
	}
}
