package stream

import "time"

// Time returns a function that sends how long ago Time was called, in the unit given, such as time.Millisecond:
//
//	defer s.Time(time.Millisecond, nil)()
func (s *Stream) Time(unit time.Duration, labels Labels) (stop func()) {
	start := time.Now()
	return func() { _ = s.Send(float64(time.Since(start))/float64(unit), labels) } // a stream that is closed takes nothing
}

// Timed calls f, sends how long it took, in the unit given, and returns the error of f. It sends
// also if f panics. With the option TimedLabel it adds a label that says whether f failed.
func (s *Stream) Timed(unit time.Duration, labels Labels, f func() error) (err error) {
	start, outcome := time.Now(), "error" // also of a panic
	defer func() {
		took := float64(time.Since(start)) / float64(unit)
		if s.o.TimedLabel != "" {
			labels = labels.over(Labels{s.o.TimedLabel: outcome})
		}
		_ = s.Send(took, labels)
	}()
	err = f()
	if err == nil {
		outcome = "ok"
	}
	return err
}
