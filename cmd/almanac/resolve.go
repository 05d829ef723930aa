package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configName is the configuration file that is read from the data folder when
// --config names no other.
const configName = "almanac.toml"

// A resolved setting is a value with where it came from.
type resolved struct {
	setting
	value  string
	source string
}

// addSettingFlags gives a command every setting as a flag.
func addSettingFlags(cmd *cobra.Command, except ...string) {
	f := cmd.Flags()
	for _, s := range settings {
		if s.name == "data" || slices.Contains(except, s.name) {
			continue // --data is on every command
		}
		f.String(s.name, s.standard, fmt.Sprintf("%s (`%s`)", s.help, s.unit))
	}
	f.String("config", "", "configuration `file` (default DATA/almanac.toml when it is there)")
}

// A resolver finds the value of each setting: a flag goes before the
// environment, that before the configuration file, that before the default.
type resolver struct {
	flags   *pflag.FlagSet
	getenv  func(string) string
	environ []string
	read    func(name string) ([]byte, error)
}

func newResolver(cmd *cobra.Command, env *Env) *resolver {
	return &resolver{cmd.Flags(), env.Getenv, env.Environ(), os.ReadFile}
}

// configured is what a server of this data folder will be told, as far as the
// environment and the configuration file say it: flags of its own may say otherwise.
func (env *Env) configured() (*Settings, []resolved, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.String("data", "", "")
	if err := flags.Set("data", env.Data); err != nil {
		return nil, nil, err
	}
	return (&resolver{flags, env.Getenv, env.Environ(), os.ReadFile}).resolve()
}

// resolve returns the settings, and each value with its origin in the order of
// the table. Its errors name the place of the wrong value.
func (r *resolver) resolve() (*Settings, []resolved, error) {
	if err := r.checkEnvironment(); err != nil {
		return nil, nil, err
	}
	file, path, err := r.readFile()
	if err != nil {
		return nil, nil, err
	}
	out := new(Settings)
	all := make([]resolved, 0, len(settings))
	listen := -1 // its place in all, when it has the default
	for _, s := range settings {
		v := resolved{s, s.standard, "default"}
		if value, ok := file[s.name]; ok {
			v.value, v.source = value, path
		}
		if value := r.getenv(s.envName()); value != "" {
			v.value, v.source = value, "$"+s.envName()
		}
		if f := r.flags.Lookup(s.name); f != nil && f.Changed {
			v.value, v.source = f.Value.String(), "--"+s.name
		}
		if s.name == "listen" && v.source == "default" {
			listen = len(all)
		}
		if err := s.set(out, v.value); err != nil {
			return nil, nil, fmt.Errorf("%s (from %s): %w", s.name, v.source, err)
		}
		all = append(all, v)
	}
	if listen >= 0 && len(out.ACMEDomain) > 0 {
		// The certificate authority and the clients come from outside.
		out.Listen, all[listen].value = acmeDefaultListen, acmeDefaultListen
	}
	return out, all, out.check()
}

// dataFolder is where the configuration file is looked for.
func (r *resolver) dataFolder() string {
	if f := r.flags.Lookup("data"); f != nil && f.Changed {
		return f.Value.String()
	}
	if v := r.getenv("ALMANAC_DATA"); v != "" {
		return v
	}
	return "./" + defaultData
}

// checkEnvironment finds ALMANAC_ variables that nobody reads: a misspelt one
// would otherwise be a setting that silently has no effect.
func (r *resolver) checkEnvironment() error {
	known := []string{envPrefix + "CONFIG"}
	for _, s := range settings {
		known = append(known, s.envName())
	}
	unknown := []string{}
	for _, kv := range r.environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, envPrefix) && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return fmt.Errorf("environment variable %s is unknown%s", unknown[0], didYouMean(unknown[0], known))
}

// readFile returns the values in the configuration file by name.
func (r *resolver) readFile() (values map[string]string, path string, err error) {
	named := ""
	if f := r.flags.Lookup("config"); f != nil {
		named = f.Value.String()
	}
	if named == "" {
		named = r.getenv(envPrefix + "CONFIG")
	}
	path = named
	if path == "" {
		path = filepath.Join(r.dataFolder(), configName)
	}
	text, err := r.read(path)
	if named == "" && errors.Is(err, os.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the configuration file: %w", err)
	}
	values, err = parseConfig(text)
	if err != nil {
		return nil, "", fmt.Errorf("configuration file %s: %w", path, err)
	}
	if _, ok := values["data"]; ok && named == "" {
		return nil, "", fmt.Errorf("configuration file %s: data cannot be set in the file that was found through it", path)
	}
	return values, path, nil
}

// parseConfig reads TOML with the settings' names as keys.
func parseConfig(text []byte) (map[string]string, error) {
	var raw map[string]any
	if _, err := toml.Decode(string(text), &raw); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("line %d: %s", syntax.Position.Line, syntax.Message)
		}
		return nil, err
	}
	names := make([]string, len(settings))
	for i, s := range settings {
		names[i] = s.name
	}
	keys := make([]string, 0, len(raw))
	for key := range raw {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	values := make(map[string]string, len(raw))
	for _, key := range keys {
		if !slices.Contains(names, key) {
			return nil, fmt.Errorf("key %q is unknown%s", key, didYouMean(key, names))
		}
		switch v := raw[key].(type) {
		case string:
			values[key] = v
		case int64:
			values[key] = fmt.Sprint(v)
		case []any:
			parts := make([]string, len(v))
			for i, e := range v {
				s, ok := e.(string)
				if !ok {
					return nil, fmt.Errorf("key %q: a list has strings in it", key)
				}
				parts[i] = s
			}
			values[key] = strings.Join(parts, ",")
		default:
			return nil, fmt.Errorf("key %q: write the value in quotes", key)
		}
	}
	return values, nil
}

// didYouMean names the nearest of some names, if one is near.
func didYouMean(word string, names []string) string {
	best, distance := "", 4
	for _, n := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// editDistance is Levenshtein's, on octets. Words from outside are cut to what
// a name can be.
func editDistance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
