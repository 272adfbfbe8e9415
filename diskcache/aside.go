package diskcache

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// asideNote is the JSON file that lies beside a file set aside.
type asideNote struct {
	File   string    `json:"file"`   // its name when it was visible
	Reason string    `json:"reason"` // what was wrong with it
	When   time.Time `json:"when"`
	Host   string    `json:"host"`
}

// setAside moves damaged files out of the way, where a person may look at them.
// It is called under the entry's lock.
func (c *cell) setAside(found look) {
	root, err := c.dir.open()
	if err != nil {
		c.tell(Event{Kind: SetAside, Path: c.dir.path, Reason: found.reason, Err: err})
		return
	}
	defer root.Close()
	for _, name := range found.damaged {
		err := c.moveAside(root, name, found.reason)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		c.tell(Event{Kind: SetAside, Path: filepath.Join(c.dir.path, filepath.FromSlash(name)), Reason: found.reason, Err: err})
	}
}

func (c *cell) moveAside(root *os.Root, name, reason string) error {
	now := time.Now().UTC()
	target := path.Join(asideDir, now.Format("20060102T150405-")+workName(path.Ext(name)))
	if err := c.dir.mkdir(root, asideDir); err != nil {
		return err
	}
	if err := root.Rename(filepath.FromSlash(name), filepath.FromSlash(target)); err != nil {
		return err
	}
	note, err := json.MarshalIndent(asideNote{File: name, Reason: reason, When: now, Host: hostName()}, "", " ")
	if err != nil {
		return err
	}
	reasonFile := filepath.FromSlash(target + ".reason.json")
	if err := root.WriteFile(reasonFile, append(note, '\n'), c.dir.opts.fileMode()); err != nil {
		return err
	}
	return c.dir.share(filepath.Join(c.dir.path, reasonFile))
}
