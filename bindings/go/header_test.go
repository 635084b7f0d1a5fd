package ltn

import "testing"

// What this package was made from and the library that is loaded agree.
func TestTheLoadedLibraryIsOfThisHeader(t *testing.T) {
	if len(headerConstants) < 100 {
		t.Fatalf("%d constants", len(headerConstants))
	}
	for _, each := range headerConstants {
		if value, err := Constant(each.name); err != nil || value != each.value {
			t.Errorf("%s: expected %d, came %d, %v", each.name, each.value, value, err)
		}
	}
}
