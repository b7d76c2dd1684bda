// libyaml's event parser: tags, scalars and marks without expanding aliases or building objects.
#pragma once
#include <yaml.h>
