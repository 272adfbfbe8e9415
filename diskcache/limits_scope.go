package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/ledger"
)

// scope is what limits hold for: one tag's directory, or the directory of all tags.
// It has a ledger, which knows entries as <tag's directory>/<base>, or <base> where
// the scope is that directory, and files set aside by their names.
type scope struct {
	limits Limits
	top    store.Local // where names begin
	all    bool        // tags are folders of it
	home   store.Local // the directory of the ledger
	folder string      // of the ledger in home
	what   string      // for people
	counts bool        // the account counts

	found atomic.Int64 // when a ledger was last looked for, in Unix nanoseconds; negative if there was one
}

// scopesOf returns the scopes of a tag's directory, the large one first.
func scopesOf(o *Options, directory string) []*scope {
	whole := localOf(o)
	if whole == nil {
		return nil
	}
	tag, _ := whole.Sub(directory).(store.Local)
	home, _ := whole.Sub(whole.Account()).(store.Local)
	if tag == nil || home == nil {
		return nil
	}
	inAll, inTag := o.countAccounts()
	return []*scope{
		{counts: inAll, limits: o.Limits, top: whole, all: true, home: home, folder: ".", what: whole.Path()},
		{counts: inTag, limits: o.TagLimits, top: tag, home: tag, folder: privateDir, what: tag.Path()},
	}
}

// ledgerAge is how long it is believed that there is no ledger yet, by those who have
// no limits of their own.
const ledgerAge = time.Minute

// active reports whether there is a limit, or a ledger, as then another process
// has one. Only a sure answer will do for a save.
func (s *scope) active(sure bool) bool {
	if !s.limits.none() {
		return true
	}
	now := time.Now().UnixNano()
	if last := s.found.Load(); !sure && last != 0 && now-max(last, -last) < int64(ledgerAge) {
		return last < 0
	}
	exists := s.hasLedger()
	if exists {
		now = -now
	}
	s.found.Store(now)
	return exists
}

// account returns how many bytes of the scope's own account count.
func (s *scope) account(t *ledger.Tx) int64 {
	if !s.counts {
		return 0
	}
	return t.Totals().Overhead
}

// slack is what a promise counts beside what was asked for, as the account may grow.
func (s *scope) slack() int64 {
	if !s.counts {
		return 0
	}
	return promiseSlack
}

// hasLedger reports whether there is a ledger, or one is being made.
func (s *scope) hasLedger() bool {
	session, err := s.open(false)
	if err != nil {
		return false
	}
	defer session.Close()
	return session.Ledger(s.folder).Exists()
}

// open opens the directory of the ledger.
func (s *scope) open(create bool) (store.LocalSession, error) {
	session, err := openLocal(s.home, create)
	if err != nil || !create {
		return session, err
	}
	if err := session.MakeFolder(s.folder); s.folder != "." && err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return session, nil
}

func openLocal(l store.Local, create bool) (store.LocalSession, error) {
	session, err := l.Session(context.Background(), create)
	if err != nil {
		return nil, err
	}
	return session.(store.LocalSession), nil
}

// name returns how the ledger calls something in a tag's directory.
func (s *scope) name(directory, base string) string {
	if s.all {
		return directory + "/" + base
	}
	return base
}

// place is the opposite of name. A ledger may be forged: what leads elsewhere is in no
// place.
func (s *scope) place(name string) (directory, base string, ok bool) {
	if s.all {
		if directory, name, ok = strings.Cut(name, "/"); !ok {
			return "", "", false
		}
		if store.CheckName(directory) != nil {
			return "", "", false
		}
	}
	if strings.Contains(strings.TrimPrefix(name, asideDir+"/"), "/") || store.CheckName(name) != nil {
		return "", "", false
	}
	return directory, name, true
}

// directory returns the store of a tag's directory.
func (s *scope) directory(name string) store.Local {
	if !s.all {
		return s.top
	}
	sub, _ := s.top.Sub(name).(store.Local)
	return sub
}

// update changes the ledger, which is made where there are limits.
func (s *scope) update(v *visit, do func(*ledger.Tx) error) error {
	if s.limits.none() {
		return s.correct(v, do)
	}
	session, err := s.open(true)
	if err != nil {
		return err
	}
	defer session.Close()
	_, err = session.Ledger(s.folder).UpdateOrBuild(func(t *ledger.Tx) error { return s.scan(v, t) }, do)
	return err
}

// correct changes the ledger where there is one. Where there is none, nothing can be
// wrong in it.
func (s *scope) correct(v *visit, do func(*ledger.Tx) error) error {
	session, err := s.open(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer session.Close()
	l := session.Ledger(s.folder)
	if !l.Exists() {
		return nil
	}
	err = l.Update(do)
	if errors.Is(err, ledger.ErrDamaged) {
		_, err = l.UpdateOrBuild(func(t *ledger.Tx) error { return s.scan(v, t) }, do)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile
	}
	return err
}
