package diskcache

func moveEpoch() {}
