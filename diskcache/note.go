package diskcache

import "context"

func noteUse(ctx context.Context, u use) {}
