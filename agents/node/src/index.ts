// The package that a program may import: recordings that it starts itself, without the host.
export {};
