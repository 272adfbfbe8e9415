package diskcache

import (
	"fmt"
	"slices"
)

// Reason is why a value was computed, or why Peek did not find it.
type Reason uint8

// The reasons.
const (
	// NoReason: the value was found, or was not looked for.
	NoReason Reason = iota
	// NotStored: there is nothing under this name for these arguments.
	NotStored
	// OtherArguments: there is nothing for these arguments, but there is for others.
	// Only an [Outcome] tells, as it takes a look at the other entries; events and
	// Stats count it as NotStored.
	OtherArguments
	// Expired: the time to live is over.
	Expired
	// VersionChanged: it was stored under another version.
	VersionChanged
	// TypeChanged: the method or function returned another type then, or one of the same
	// name with other fields; or the file is what was stored, and its format cannot read it
	// for the type as it is now.
	TypeChanged
	// FormatGone: it is in a file format that this program does not know, or that does
	// not serve the result type.
	FormatGone
	// Damaged: value or record is not what was stored (size or digest differ), or a file of another program
	// cannot be decoded. It was set aside.
	Damaged
	// Invalid: the hook of FuncOptions.Valid or DiskCacher.SetValid refused it.
	Invalid
	// TooOld: it is older than WithMaxAge allows.
	TooOld
	// Refreshed: Refresh or WithRefresh asked for a new one.
	Refreshed
	// WasEvicted: it was removed to keep within a limit.
	WasEvicted
	// WasCleared: Function.Clear removed it, in this process.
	WasCleared
	// ValueGone: its record is there, but not the file of the value.
	ValueGone
	// Unreadable: the system does not let it be read, for want of permission or because
	// of a fault of the disk.
	Unreadable
	// NewerRelease: a later release of dataelab stored it. It is left alone.
	NewerRelease
	// InputChanged: a file or a setting that it was made of has changed.
	InputChanged
	// UpstreamChanged: another entry that it was made of came out different, or is not good
	// any more itself.
	UpstreamChanged
	// WasInvalidated: Invalidate removed it.
	WasInvalidated
	// OtherOwner: what is stored is of another program, or of a type or function of another
	// package. Reason says whose it is.
	OtherOwner

	reasons // how many there are
)

var reasonNames = [reasons]string{
	"none", "not stored", "other arguments", "expired", "version changed", "type changed", "format gone", "damaged", "invalid",
	"too old", "refreshed", "evicted", "cleared", "value gone", "unreadable", "newer", "input changed", "upstream changed",
	"invalidated", "other owner",
}

// String returns the reason as it stands in the log, in two words at most.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Reason) UnmarshalText(text []byte) error {
	i := slices.Index(reasonNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("diskcache: %q is not the name of a reason", text)
	}
	*r = Reason(i)
	return nil
}
