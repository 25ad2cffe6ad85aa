package publisher

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"pgregory.net/rapid"
)

// answerOf is what a server answers.
func answerOf(t interface{ Fatal(...any) }, m *server.StoredMsg) []byte {
	text, err := json.Marshal(server.JSApiMsgGetResponse{ApiResponse: server.ApiResponse{Type: server.JSApiMsgGetResponseType}, Message: m})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Whatever is in a message, what is read of an answer is what the server has put into it.
func TestAnAnswerIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := &server.StoredMsg{
			Subject: rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`a","data":"AAAA","x":"`, `,"hdrs":"AAAA"`, `\`, `\",\"data\":\"`})).Draw(t, "subject"),
			Header:  []byte("NATS/1.0\r\nKey: " + rapid.StringMatching(`[!-~]{0,20}`).Draw(t, "header") + "\r\n\r\n"), Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
			Sequence: rapid.Uint64().Draw(t, "sequence"), Time: time.Now().UTC(),
		}
		check(t, answerOf(t, want), want)
		spaced := new(bytes.Buffer)
		if err := json.Indent(spaced, answerOf(t, want), "", " "); err != nil {
			t.Fatal(err)
		}
		check(t, spaced.Bytes(), want)
	})
}

func check(t *rapid.T, text []byte, want *server.StoredMsg) {
	m, err := readAnswer(text)
	if err != nil || m == nil {
		t.Fatalf("%v of %s", err, text)
	}
	data, err := m.Data()
	if err != nil || m.Sequence != want.Sequence || !bytes.Equal(data, want.Data) {
		t.Fatalf("%+v %q, %v of %s", m, data, err, text)
	}
	if header, err := decodeBase64(m.headers); err != nil || !bytes.Equal(header, want.Header) {
		t.Fatalf("headers %q, %v of %s", header, err, text)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(answerOf(f, &server.StoredMsg{Subject: "a", Header: []byte("NATS/1.0\r\nA: b\r\n\r\n"), Data: []byte("hello")}))
	f.Add([]byte(`{"type":"io.nats","error":{"code":404,"err_code":10037,"description":"no message found"}}`))
	f.Add([]byte(`{"error":{"code":503}}`))
	f.Add([]byte(`,"data":"`))
	f.Add([]byte(`{"message":{"seq":1,"hdrs":"x","data":"A","data":"AAAA"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		if m, err := readAnswer(text); m != nil && err == nil {
			_, _ = m.Header()
			_, _ = m.Data()
		}
		if !bytes.Equal(before, text) {
			t.Error("the answer was written over")
		}
	})
}

// BenchmarkAnswer reads what is asked of the newest change of a host that was just scanned for the first time.
func BenchmarkAnswer(b *testing.B) {
	text := answerOf(b, &server.StoredMsg{Subject: "patch.changed.web-1", Header: []byte("NATS/1.0\r\nPatch-Revision: 1\r\nPatch-Commit: A\r\n\r\n"), Data: bytes.Repeat([]byte("a change"), 20<<7)})
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m, err := readAnswer(text)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Header(); err != nil {
			b.Fatal(err)
		}
	}
}
