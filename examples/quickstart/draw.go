package main

import "context"

func (s *session) draw(context.Context, *Analyzer, string) error { return nil }
