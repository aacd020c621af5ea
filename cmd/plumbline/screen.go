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
	number, ok := strings.CutPrefix(display, ":")
	if !ok {
		return nil, errors.New("plumbline: no X server on this machine")
	}
	number, _, _ = strings.Cut(number, ".")
	c, err := net.Dial("unix", "/tmp/.X11-unix/X"+number)
	if err != nil {
		return nil, fmt.Errorf("plumbline: grab screen: %w", err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, fmt.Errorf("plumbline: grab screen: %w", err)
	}
	img, err := grab(c)
	if err != nil {
		return nil, fmt.Errorf("plumbline: grab screen: %w", err)
	}
	return img, nil
}

// grab speaks just enough of the X protocol: set up, one GetImage.
func grab(c io.ReadWriter) (image.Image, error) {
	le := binary.LittleEndian
	// Little-endian, protocol 11.0, no authorization.
	if _, err := c.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	if head[0] != 1 {
		return nil, errors.New("the X server refuses")
	}
	setup := make([]byte, 4*int(le.Uint16(head[6:])))
	if _, err := io.ReadFull(c, setup); err != nil {
		return nil, err
	}
	if len(setup) < 32 {
		return nil, errors.New("short X setup")
	}
	vendor, formats := int(le.Uint16(setup[16:])), int(setup[21])
	screen := 32 + (vendor+3)/4*4 + 8*formats
	if len(setup) < screen+24 {
		return nil, errors.New("no X screen")
	}
	root, w, h := setup[screen:screen+4], le.Uint16(setup[screen+20:]), le.Uint16(setup[screen+22:])
	const getImage, zPixmap = 73, 2
	ask := []byte{getImage, zPixmap, 5, 0}
	ask = append(ask, root...)
	ask = le.AppendUint16(ask, 0)
	ask = le.AppendUint16(ask, 0)
	ask = le.AppendUint16(ask, w)
	ask = le.AppendUint16(ask, h)
	ask = le.AppendUint32(ask, 0xFFFFFFFF)
	if _, err := c.Write(ask); err != nil {
		return nil, err
	}
	reply := make([]byte, 32)
	if _, err := io.ReadFull(c, reply); err != nil {
		return nil, err
	}
	if reply[0] != 1 || le.Uint32(reply[4:]) != uint32(w)*uint32(h) {
		return nil, errors.New("the X server gives no 32-bit picture")
	}
	pixels := make([]byte, 4*int(w)*int(h))
	if _, err := io.ReadFull(c, pixels); err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	for k := 0; k < len(pixels); k += 4 {
		i := k / 4
		img.SetRGBA(i%int(w), i/int(w), color.RGBA{R: pixels[k+2], G: pixels[k+1], B: pixels[k], A: 255})
	}
	return img, nil
}
