// Package wording shows times and sizes as people say them, for sentences and tables.
package wording
