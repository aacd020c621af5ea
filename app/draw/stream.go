package draw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strconv"
	"strings"
)

// seedOf mixes what the operator promised with what the sources gave.
func seedOf(c Commitment, secret string, values []string) [32]byte {
	var b strings.Builder
	b.WriteString("plumbline draw seed 1\n" + digest(string(c)) + "\n" + secret + "\n")
	for _, v := range values {
		b.WriteString(v + "\n")
	}
	return sha256.Sum256([]byte(b.String()))
}

// stream is an endless row of numbers that follows from the seed and a label.
type stream struct {
	seed  [32]byte
	label string
	block int
	left  []byte
	mac   hash.Hash
}

func (s *stream) next() uint64 {
	if len(s.left) == 0 {
		if s.mac == nil {
			s.mac = hmac.New(sha256.New, s.seed[:])
		}
		s.mac.Reset()
		s.mac.Write([]byte("plumbline draw stream 1\n" + s.label + "\n" + strconv.Itoa(s.block) + "\n"))
		s.left = s.mac.Sum(s.left[:0])
		s.block++
	}
	u := binary.BigEndian.Uint64(s.left)
	s.left = s.left[8:]
	return u
}

// below gives a number below n, each as likely as any other: the topmost
// numbers, whose remainders would come once more than others, are passed over.
func (s *stream) below(n int) int {
	u := s.next()
	over := -uint64(n) % uint64(n) // 2^64 mod n
	for over != 0 && u >= -over {
		u = s.next()
	}
	return int(u % uint64(n))
}
