// Package exhaustive says how much the tests try.
//
// Without flags the tests are for everybody who has just cloned the project: each scene
// of each test runs, with few of its faults, kills and damages. With
// DATAELAB_TEST_FULL=1 in the environment all of them run, which takes some minutes; the
// checks of .ci/run do so.
//
//	kills := exhaustive.N(5, 50)
package exhaustive
