package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"net"
	"strings"
	"time"
)

// grabX11 takes a picture of the whole screen of an X server on this machine
// that asks for no key, as Xvfb does. Fyne's own Capture reads OpenGL's front
// buffer, which is black there; and this is what a person would really see.
func grabX11(display string) (image.Image, error) {
	s, err := openX11(display)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.grab(image.Rect(0, 0, s.width, s.height))
}

// xScreen is the screen of an X server.
type xScreen struct {
	c             net.Conn
	root          []byte // the window that is the whole screen
	width, height int
}

// openX11 speaks just enough of the X protocol to take pictures.
func openX11(display string) (*xScreen, error) {
	number, ok := strings.CutPrefix(display, ":")
	if !ok {
		return nil, errors.New("plumbline: no X server on this machine")
	}
	number, _, _ = strings.Cut(number, ".")
	c, err := net.Dial("unix", "/tmp/.X11-unix/X"+number)
	if err != nil {
		return nil, fmt.Errorf("plumbline: open screen: %w", err)
	}
	s := &xScreen{c: c}
	if err := s.setUp(); err != nil {
		s.close()
		return nil, fmt.Errorf("plumbline: open screen: %w", err)
	}
	return s, nil
}

func (s *xScreen) close() { s.c.Close() }

func (s *xScreen) setUp() error {
	if err := s.c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	// Little-endian, protocol 11.0, no authorization.
	if _, err := s.c.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	le := binary.LittleEndian
	head := make([]byte, 8)
	if _, err := io.ReadFull(s.c, head); err != nil {
		return err
	}
	if head[0] != 1 {
		return errors.New("the X server refuses")
	}
	setup := make([]byte, 4*int(le.Uint16(head[6:])))
	if _, err := io.ReadFull(s.c, setup); err != nil {
		return err
	}
	if len(setup) < 32 {
		return errors.New("short X setup")
	}
	vendor, formats := int(le.Uint16(setup[16:])), int(setup[21])
	screen := 32 + (vendor+3)/4*4 + 8*formats
	if len(setup) < screen+24 {
		return errors.New("no X screen")
	}
	s.root = setup[screen : screen+4]
	s.width, s.height = int(le.Uint16(setup[screen+20:])), int(le.Uint16(setup[screen+22:]))
	return nil
}

// grab takes a picture of a part of the screen.
func (s *xScreen) grab(r image.Rectangle) (*image.RGBA, error) {
	img, err := s.getImage(r)
	if err != nil {
		return nil, fmt.Errorf("plumbline: grab screen: %w", err)
	}
	return img, nil
}

func (s *xScreen) getImage(r image.Rectangle) (*image.RGBA, error) {
	if err := s.c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	w, h := r.Dx(), r.Dy()
	const getImage, zPixmap = 73, 2
	ask := append([]byte{getImage, zPixmap, 5, 0}, s.root...)
	for _, v := range []int{r.Min.X, r.Min.Y, w, h} {
		ask = le.AppendUint16(ask, uint16(v))
	}
	ask = le.AppendUint32(ask, 0xFFFFFFFF)
	if _, err := s.c.Write(ask); err != nil {
		return nil, err
	}
	reply := make([]byte, 32)
	if _, err := io.ReadFull(s.c, reply); err != nil {
		return nil, err
	}
	if reply[0] != 1 || int(le.Uint32(reply[4:])) != w*h {
		return nil, errors.New("the X server gives no 32-bit picture")
	}
	pixels := make([]byte, 4*w*h)
	if _, err := io.ReadFull(s.c, pixels); err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for k := 0; k < len(pixels); k += 4 {
		i := k / 4
		img.SetRGBA(i%w, i/w, color.RGBA{R: pixels[k+2], G: pixels[k+1], B: pixels[k], A: 255})
	}
	return img, nil
}
