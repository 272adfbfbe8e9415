package diskcache

// Declaration joins a setting to the name it gets, see [BindAll].
type Declaration struct {
	Setting AnySetting
	Name    string
}

// checkSettings gives settings their names, which nobody sees yet.
func (b *binder) checkSettings(settings []Declaration) error {
	if len(settings) == 0 {
		return nil
	}
	b.settings = newDeclarations(nil)
	for _, s := range settings {
		if err := b.settings.add(s.Name, s.Setting); err != nil {
			return &Error{Op: "set tag", Name: s.Name, Err: err}
		}
	}
	return nil
}

// declare lets settings be found: by computations of their tree in all directories where
// that has cachers, by others where a cacher with the options of the setting would be.
func (b *binder) declare(settings []Declaration) error {
	homes := make([]*settingHome, len(settings))
	for i, s := range settings {
		dir, err := b.dir(s.Setting.part().opts.Load())
		if err != nil {
			return err
		}
		homes[i] = &settingHome{name: s.Name, in: b.settings, path: dir.path, tag: b.tag}
	}
	for _, dir := range b.dirs {
		dir.declare()
	}
	for i, s := range settings {
		s.Setting.part().home.Store(homes[i])
	}
	if len(settings) > 0 {
		moveEpoch() // of two trees with one name in one directory, the last decides for others
	}
	return nil
}

// declare lets others find the settings of the tree whose directory it is.
func (d *tagDir) declare() {
	if d.settings != nil && d.settings.cache == nil {
		declared.join(d.id(), d.settings)
	}
}

// moveSettings gives settings their next options, and all that moves with them its place.
// On an error nothing has been changed.
func (u *updater) moveSettings(settings []AnySetting) error {
	options := make([]*Options, len(settings))
	homes := make([]*settingHome, len(settings))
	for i, s := range settings {
		part := s.part()
		var err error
		if options[i], err = u.updated(part.opts.Load()); err != nil {
			return err
		}
		home := part.home.Load()
		if home == nil || home.in.cache != nil {
			homes[i] = home
			continue
		}
		dir, err := movedDir(resultDir{options[i], home.tag, home.in}, u.dirs)
		if err != nil {
			return err
		}
		homes[i] = &settingHome{name: home.name, in: home.in, path: dir.path, tag: home.tag}
	}
	for _, dir := range u.dirs {
		dir.declare()
	}
	for i, s := range settings {
		s.part().opts.Store(options[i])
		s.part().home.Store(homes[i])
	}
	if len(settings) > 0 {
		moveEpoch()
	}
	return nil
}
