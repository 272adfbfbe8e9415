package npy

// number is the element of bools, numbers and time.Duration where they are fields;
// arrays of them have a faster way of their own.
type number struct{ dtype dtype }

func (e number) survey(_ *survey, v values) *fault {
	if e.dtype != m8 {
		return nil
	}
	for i := range v.n {
		if *at[int64](v.at(i)) == notATime {
			return faultAt(i, nanosOfNaT)
		}
	}
	return nil
}

// nanosOfNaT is why the shortest Duration is not written.
const nanosOfNaT = "is -1<<63 ns, which is NaT (not a time) to numpy"

func (e number) describe(*survey) descr { return e.dtype.descr() }

func (e number) store(dst cells, v values, _ *descr) {
	size := e.dtype.size()
	storeBytes(dst, v, size)
	if unit := e.dtype.swapToWrite(); unit > 0 {
		for i := range v.n {
			swapBytes(dst.b[i*dst.step:][:size], unit)
		}
	}
}

func (e number) loader(from *descr) (loader, *fault) {
	d := from.number()
	if !convertible(d, e.dtype) || d == m8 && from.unit.vague() != "" {
		return nil, &fault{text: refusal(from, e.dtype)}
	}
	plain := d == e.dtype && !from.swapped() && d != b1 && d != m8
	if plain {
		return rawLoader{size: d.size()}, nil
	}
	return &numberLoader{from: *from, to: e.dtype}, nil
}

// rawLoader copies bytes of numbers that are the same in the file and in memory.
type rawLoader struct{ size int }

func (l rawLoader) load(v values, src cells) *fault {
	loadBytes(v, src, l.size)
	return nil
}

// numberLoader gathers numbers, changes their order and dtype, checks them, and puts them
// where they belong.
type numberLoader struct {
	from descr
	to   dtype
	in   [batch]uint64 // as many as fit, of any dtype
	out  [batch]uint64
}

const batch = 512

func (l *numberLoader) load(v values, src cells) *fault {
	size, wide := l.from.size, l.to.size()
	most := batch * 8 / max(size, wide)
	for first := 0; first < v.n; first += most {
		n := min(most, v.n-first)
		in, out := bytesOf(l.in[:])[:n*size], bytesOf(l.out[:])[:n*wide]
		loadBytes(values{address(&l.in), size, n}, src.field(first*src.step, n), size)
		if f := l.convert(out, in); f != nil {
			f.at += first
			return f
		}
		loadBytes(values{v.at(first), v.step, n}, cells{out, wide}, wide)
	}
	return nil
}

// convert changes numbers that lie tight in memory.
func (l *numberLoader) convert(out, in []byte) *fault {
	if l.from.swapped() {
		swapBytes(in, l.from.number().unit())
	}
	if l.from.kind == 'b' {
		if bad := notBool(in); bad >= 0 {
			return notBoolAt(bad, in[bad])
		}
	}
	return convertNumbers(out, l.to, in, &l.from)
}

func notBoolAt(i int, b byte) *fault {
	f := faultAt(i, "is the byte %#02x; a bool is 0 or 1", b)
	f.damage = true
	return f
}

// storeBytes copies size bytes of each value to its cell.
func storeBytes(dst cells, v values, size int) {
	b := dst.b
	switch size {
	case 1:
		for i := range v.n {
			b[i*dst.step] = *at[byte](v.at(i))
		}
	case 2:
		for i := range v.n {
			*(*[2]byte)(b[i*dst.step:]) = *at[[2]byte](v.at(i))
		}
	case 4:
		for i := range v.n {
			*(*[4]byte)(b[i*dst.step:]) = *at[[4]byte](v.at(i))
		}
	case 8:
		for i := range v.n {
			*(*[8]byte)(b[i*dst.step:]) = *at[[8]byte](v.at(i))
		}
	default:
		for i := range v.n {
			copy(b[i*dst.step:][:size], bytesAt(v.at(i), size))
		}
	}
}

// loadBytes copies size bytes of each cell to its value, which holds no pointers.
func loadBytes(v values, src cells, size int) {
	b := src.b
	switch size {
	case 1:
		for i := range v.n {
			*at[byte](v.at(i)) = b[i*src.step]
		}
	case 2:
		for i := range v.n {
			*at[[2]byte](v.at(i)) = [2]byte(b[i*src.step:])
		}
	case 4:
		for i := range v.n {
			*at[[4]byte](v.at(i)) = [4]byte(b[i*src.step:])
		}
	case 8:
		for i := range v.n {
			*at[[8]byte](v.at(i)) = [8]byte(b[i*src.step:])
		}
	default:
		for i := range v.n {
			copy(bytesAt(v.at(i), size), b[i*src.step:][:size])
		}
	}
}
