module lightning.invalid/ltn-conformance

go 1.23

require lightning.invalid/ltn v0.0.0

require (
	github.com/vmihailenco/msgpack/v5 v5.4.1 // indirect
	github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
)

replace lightning.invalid/ltn => ../../../../bindings/go
