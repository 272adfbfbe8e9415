// Package inputs tells whether files and directories are still what they were: by what
// the system knows of them, and where that has changed, by their content.
package inputs
