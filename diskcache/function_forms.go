package diskcache

import "context"

// Plain adapts a function without context and without error to [Wrap].
func Plain[A, T any](f func(A) T) func(context.Context, A) (T, error) {
	return func(_ context.Context, a A) (T, error) { return f(a), nil }
}

// NoContext adapts a function without context to [Wrap]. The end of a call's
// context does not end the function then, only the waiting for others that
// compute.
func NoContext[A, T any](f func(A) (T, error)) func(context.Context, A) (T, error) {
	return func(_ context.Context, a A) (T, error) { return f(a) }
}

// NoError adapts a function without error to [Wrap].
func NoError[A, T any](f func(context.Context, A) T) func(context.Context, A) (T, error) {
	return func(ctx context.Context, a A) (T, error) { return f(ctx, a), nil }
}

// NoArgument adapts a function without argument to [Wrap]. Its file has no key in
// its name, and it is called as in load.Call(ctx, diskcache.None{}).
func NoArgument[T any](f func(context.Context) (T, error)) func(context.Context, None) (T, error) {
	return func(ctx context.Context, _ None) (T, error) { return f(ctx) }
}
