package mapcache_test

const childJob = "DATAELAB_MAPCACHE_CHILD"

func runChild(string) int { return 2 }
