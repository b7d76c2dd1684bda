module example.org/m

go 1.22

require (
	example.org/a v1.2.3
	example.org/b/v2 v2.0.0 // indirect
	example.org/c v0.0.0-20240102030405-abcdefabcdef
	example.org/d v3.1.0+incompatible
)

replace example.org/a => example.org/fork v1.2.4

replace example.org/c => ../c
