// Package classifytest has what the tests of classify and of its rooms share: the recorded cases of testdata/classify
// (what a host said, the baseline that judges it, and on what terms; what must come out is beside it, for each test to
// compare), and random hosts and baselines that meet in every corner. It imports neither classify nor explain, so that
// their own tests can use it.
package classifytest
