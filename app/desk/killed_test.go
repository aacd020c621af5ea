package desk_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// P1: what was shown as saved exists after any crash. A second process answers
// item after item and says so on its standard output once the save returned;
// it is killed at a random moment, again and again. PLUMBLINE_SOAK makes it 500
// rounds.
func TestSoakKilledWhileAnsweringNoAcknowledgedAnswerIsLost(t *testing.T) {
	if folder := os.Getenv("PLUMBLINE_ANSWERING"); folder != "" {
		answerForEver(folder, record.ID(os.Getenv("PLUMBLINE_INSPECTION")))
		return
	}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	if os.Getenv("PLUMBLINE_SOAK") != "" {
		rounds = 500
	}
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("seed %d, %d rounds", seed, rounds)
	random := rand.New(rand.NewPCG(seed, 0))
	folder := t.TempDir()
	d := openDesk(t, folder)
	id := plan(t, d)
	d.Close()

	acknowledged := map[string]string{} // item key → the last note said to be saved
	saves := 0
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSoakKilledWhileAnswering", "-test.count=1")
		cmd.Env = append(os.Environ(), "PLUMBLINE_ANSWERING="+folder, "PLUMBLINE_INSPECTION="+string(id))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Counted from the first save: how long a process takes to start is no news.
		kill := time.Duration(random.IntN(60_000)) * time.Microsecond
		lines := bufio.NewScanner(out)
		armed := false
		for lines.Scan() {
			var said [2]string
			if json.Unmarshal(lines.Bytes(), &said) != nil {
				continue
			}
			acknowledged[said[0]] = said[1]
			saves++
			if !armed {
				armed = true
				time.AfterFunc(kill, func() { cmd.Process.Kill() })
			}
		}
		cmd.Wait()
		if !armed {
			t.Fatalf("round %d: the writer saved nothing", round)
		}
	}
	d = openDesk(t, folder)
	i, err := d.Store.Inspection(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for key, note := range acknowledged {
		got, _ := strconv.Atoi(i.Answers[key].Note)
		want, _ := strconv.Atoi(note)
		if got < want { // a later save may have reached the disk without being said
			t.Errorf("item %s: got note %d, want at least %d", key, got, want)
		}
	}
	if len(i.Conflicts) > 0 {
		t.Errorf("conflicts with nobody: %v", i.Conflicts)
	}
	checked, err := d.Verify(ctx)
	if err != nil || len(checked.Problems) > 0 {
		t.Errorf("verify: %+v, %v", checked, err)
	}
	t.Logf("%d saves acknowledged, %d entries", saves, checked.Entries)
}

// answerForEver is the process that is killed.
func answerForEver(folder string, id record.ID) {
	d, err := desk.Open(ctx, folder, database, desk.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	v, err := d.Visit(ctx, id)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	n := 0
	for _, a := range v.Inspection.Answers {
		if k, err := strconv.Atoi(a.Note); err == nil {
			n = max(n, k)
		}
	}
	for {
		n++
		key := v.Nodes[n%len(v.Nodes)].Key
		_, err := d.Answer(ctx, v.Inspection.Team[0].Person, id, map[string]record.Answer{key: {Note: strconv.Itoa(n)}})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		b, _ := json.Marshal([2]string{key, strconv.Itoa(n)})
		os.Stdout.Write(append(b, '\n'))
	}
}
