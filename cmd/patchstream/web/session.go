package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SessionKeys finds keys by name, for sessions of browsers. It is safe for concurrent use.
type SessionKeys interface {
	Keys

	// Named returns who has the key of a name, and a secret that goes with that key alone: what is signed with it is worth nothing once
	// the key is gone. [ErrNoKey]: there is none.
	Named(name string) (who Who, secret string, err error)
}

// How long a session lasts.
const (
	SessionIdle = 12 * time.Hour     // without a page being opened
	SessionLife = 7 * 24 * time.Hour // in all
)

// renewAfter is how old a session's last stamp may be before it gets a new one.
const renewAfter = 10 * time.Minute

// ErrNoSession says that a request has no session that counts.
var ErrNoSession = errors.New("there is no session")

// Sessions are what browsers have in the place of a key. Nothing is kept of one: its cookie names the key and is signed with the key's
// secret, so it ends with the key, outlives a restart, and counts at every process that has the same keys. One that was signed out of is
// remembered here until it would have ended. Safe for concurrent use.
type Sessions struct {
	keys SessionKeys
	now  func() time.Time

	mu    sync.Mutex
	ended map[string]time.Time // by nonce: until when to remember
}

// NewSessions returns the sessions of keys. now nil: [time.Now].
func NewSessions(keys SessionKeys, now func() time.Time) *Sessions {
	if now == nil {
		now = time.Now
	}
	return &Sessions{keys: keys, now: now, ended: make(map[string]time.Time)}
}

// session is what a cookie says.
type session struct {
	key         string // its name
	began, seen time.Time
	nonce       string
}

// SignIn returns the cookie of a new session of whoever has a token. [ErrNoKey]: nobody has.
func (s *Sessions) SignIn(r *http.Request, token string) (*http.Cookie, Who, error) {
	who, err := s.keys.Bearer(strings.TrimSpace(token))
	if err != nil {
		return nil, Who{}, err
	}
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce) // never fails
	now := s.now()
	cookie, err := s.cookie(r, session{who.Name, now, now, base64.RawURLEncoding.EncodeToString(nonce)})
	return cookie, who, err
}

// Renew returns the cookie with which the session of a request goes on; nil where the one that it has will do, or there is none.
func (s *Sessions) Renew(r *http.Request) *http.Cookie {
	in, _, err := s.read(r)
	if err != nil || s.now().Sub(in.seen) < renewAfter {
		return nil
	}
	in.seen = s.now()
	cookie, err := s.cookie(r, in)
	if err != nil {
		return nil
	}
	return cookie
}

// SignOut ends the session of a request, and returns the cookie that has the browser forget it.
func (s *Sessions) SignOut(r *http.Request) *http.Cookie {
	if in, _, err := s.read(r); err == nil {
		s.end(in)
	}
	gone := bare(r)
	gone.MaxAge = -1
	return gone
}

// maxEnded bounds what is remembered of sessions that were signed out of: beyond it those that end first are forgotten.
const maxEnded = 10_000

func (s *Sessions) end(in session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for nonce, until := range s.ended {
		if until.Before(now) {
			delete(s.ended, nonce)
		}
	}
	if len(s.ended) >= maxEnded {
		first, at := "", time.Time{}
		for nonce, until := range s.ended {
			if first == "" || until.Before(at) {
				first, at = nonce, until
			}
		}
		delete(s.ended, first)
	}
	s.ended[in.nonce] = in.began.Add(SessionLife)
}

// Who returns whose session a request has. [ErrNoSession]: none that counts.
func (s *Sessions) Who(r *http.Request) (Who, error) {
	_, who, err := s.read(r)
	return who, err
}

func (s *Sessions) read(r *http.Request) (session, Who, error) {
	cookie, err := r.Cookie(bare(r).Name)
	if err != nil {
		return session{}, Who{}, ErrNoSession
	}
	words := strings.Split(cookie.Value, ".")
	if len(words) != 5 {
		return session{}, Who{}, ErrNoSession
	}
	began, errBegan := strconv.ParseInt(words[1], 36, 64)
	seen, errSeen := strconv.ParseInt(words[2], 36, 64)
	if errBegan != nil || errSeen != nil {
		return session{}, Who{}, ErrNoSession
	}
	in := session{words[0], time.Unix(began, 0), time.Unix(seen, 0), words[3]}
	who, secret, err := s.keys.Named(in.key)
	if errors.Is(err, ErrNoKey) {
		return session{}, Who{}, ErrNoSession
	}
	if err != nil {
		return session{}, Who{}, err
	}
	now := s.now()
	s.mu.Lock()
	_, over := s.ended[in.nonce]
	s.mu.Unlock()
	if over || !hmac.Equal([]byte(cookie.Value), []byte(in.signed(secret))) || now.Sub(in.seen) > SessionIdle || now.Sub(in.began) > SessionLife {
		return session{}, Who{}, ErrNoSession
	}
	return in, who, nil
}

// signed is the value of the cookie.
func (in session) signed(secret string) string {
	text := strings.Join([]string{in.key, strconv.FormatInt(in.began.Unix(), 36), strconv.FormatInt(in.seen.Unix(), 36), in.nonce}, ".")
	mac := hmac.New(sha256.New, []byte("patchstream session "+secret)) // of no other use of the secret
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Sessions) cookie(r *http.Request, in session) (*http.Cookie, error) {
	_, secret, err := s.keys.Named(in.key)
	if err != nil {
		return nil, err
	}
	c := bare(r)
	c.Value, c.MaxAge = in.signed(secret), int(min(SessionIdle, SessionLife-s.now().Sub(in.began)).Seconds())
	return c, nil
}

// bare is the cookie of a session without its value. Under TLS its name keeps every other host and page of plain HTTP from setting it.
func bare(r *http.Request) *http.Cookie {
	c := &http.Cookie{Name: "patchstream_session", Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if UnderTLS(r) {
		c.Name, c.Secure = "__Host-"+c.Name, true
	}
	return c
}

// UnderTLS reports whether a browser came by TLS, to this process or to what stands before it. Who lies about that makes only cookies of
// their own stricter.
func UnderTLS(r *http.Request) bool {
	return r.TLS != nil || slices.Contains(r.Header["X-Forwarded-Proto"], "https")
}
