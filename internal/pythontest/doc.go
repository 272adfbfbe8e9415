// Package pythontest runs the real Python against files that this project
// writes, and the other way round.
//
// The interpreter is the one that `make venv` sets up in .venv, with the pinned
// packages of testdata/python/requirements.txt; DATAELAB_PYTHON names another.
// Scripts run in forks of one process that has imported numpy already, except on Windows.
//
// Where there is none, a test that needs it skips and says so; with CI=true in
// the environment it fails instead, so that a broken set-up is never green.
//
//	py := pythontest.Find(t)
//	out := py.Run(t, `import numpy as np, sys; print(np.load(sys.argv[1]).sum())`, path)
package pythontest
