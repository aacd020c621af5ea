package record

import "testing"

func TestEveryKindOfOrganizationHasAWord(t *testing.T) {
	for kind, want := range map[OrganizationKind]string{SocialGroup: "kind.social_group", Charity: "kind.charity",
		OtherOrganization: "kind.other", "": "kind.other", "a kind of next year": "kind.other"} {
		if got := kind.Text(); got != want {
			t.Errorf("%q: got %q, want %q", kind, got, want)
		}
	}
}
