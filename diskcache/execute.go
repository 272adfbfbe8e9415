package diskcache

import "context"

// Execute1 returns the value of a method with one argument: what [DiskCacher.Execute]
// returns for compute with a. The argument is written once, so that the key
// cannot miss what the computation gets:
//
//	func (s *Slopes) Power(ctx context.Context, segment int) (*mat.Dense, error) {
//		return diskcache.Execute1(ctx, &s.power, s.computePower, segment)
//	}
//
// The key is the one of Execute, Refresh, Peek and Path with the same argument.
func Execute1[T, A any](ctx context.Context, c *DiskCacher[T], compute func(context.Context, A) (T, error), a A) (T, error) {
	return c.Execute(ctx, func(ctx context.Context) (T, error) { return compute(ctx, a) }, a)
}

// Execute2 is [Execute1] for a method with two arguments.
func Execute2[T, A, B any](ctx context.Context, c *DiskCacher[T], compute func(context.Context, A, B) (T, error), a A, b B) (T, error) {
	return c.Execute(ctx, func(ctx context.Context) (T, error) { return compute(ctx, a, b) }, a, b)
}

// Execute3 is [Execute1] for a method with three arguments. Where there are
// more, put them into a struct.
func Execute3[T, A, B, C any](ctx context.Context, cacher *DiskCacher[T], compute func(context.Context, A, B, C) (T, error), a A, b B, c C) (T, error) {
	return cacher.Execute(ctx, func(ctx context.Context) (T, error) { return compute(ctx, a, b, c) }, a, b, c)
}
