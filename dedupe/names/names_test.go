package names

import "testing"

func TestLatin(t *testing.T) {
	for _, c := range []struct{ a, want string }{
		{"Müller", "muller"}, {"Mueller", "muller"}, {"MÜLLER", "muller"},
		{"Größl", "grossl"}, {"Auer", "auer"}, {"Jacques", "jacques"}, {"Kjær", "kjar"}, {"Åberg", "aberg"}, {"Aaberg", "aberg"},
		{"Đình", "dinh"}, {"Łukasz", "lukasz"}, {"Сергей", "sergey"}, {"Γιώργος", "giorgos"}, {"محمد", "mhmd"}, {"יוסי", "iosi"},
		{"王小明", "wangxiaoming"}, {"O’Neil", "oneil"}, {"Jean-Luc", "jeanluc"}, {"", ""},
	} {
		if got := Latin(c.a); got != c.want {
			t.Errorf("Latin(%q) = %q, want %q", c.a, got, c.want)
		}
	}
}

func TestFormOf(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Form
	}{
		{"bob", "robert", ShortA}, {"robert", "bob", ShortB}, {"bob", "rob", SameShort}, {"beppe", "giuseppe", ShortA}, {"pepe", "jose", ShortA},
		{"hans", "giovanni", OneName}, {"sepp", "giuseppe", ShortA}, {"anna", "peter", Unrelated}, {"fred", "anna", Unrelated},
	} {
		if got := FormOf(c.a, c.b); got != c.want {
			t.Errorf("FormOf(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestSplitHan(t *testing.T) {
	for _, c := range []struct{ s, family, given string }{
		{"王小明", "wang", "xiaoming"}, {"欧阳修", "ouyang", "xiu"}, {"田中太郎", "tanaka", "taro"}, {"김민준", "kim", "minjun"}, {"山", "shan", ""},
	} {
		if f, g := SplitHan(c.s); f != c.family || g != c.given {
			t.Errorf("SplitHan(%q) = %q, %q", c.s, f, g)
		}
	}
}
