// Package safe is where the operating system keeps the secret of a laptop's
// device key, so that a copy of the data folder, a backup or a stick does not
// give the key away.
//
// On Windows it is the data protection of the system (DPAPI). Where the data
// folder lies in a person's profile, as it does when nobody says otherwise, the
// secret is sealed for that Windows account: an image of the whole disk opens it
// only with that account's password. Where it lies elsewhere (--data
// D:\Plumbline), several accounts of one laptop may share it, and none of them
// could open what is sealed for another: it is sealed for the machine. That
// keeps a copied folder from being of use; against who has the whole disk only
// BitLocker helps, since the machine's own secret is on it.
//
// On Linux it is the Secret Service of the desktop (GNOME Keyring, KWallet), on
// macOS the keychain. Without one, as over ssh, the key stays in its file with
// mode 0600, and `plumblinectl status` says so. What a safe once held is never
// removed from it: a backup may still need it.
//
// What a key file held before, readable by itself, may still be found on the
// bare disk. Whoever must be sure enrols anew with a code for that very device.
package safe
