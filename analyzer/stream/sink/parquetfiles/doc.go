// Package parquetfiles has a sink that writes elements into Parquet files, which pandas, pyarrow and DuckDB read as one
// table. It is a package of its own, as it links Arrow.
package parquetfiles
