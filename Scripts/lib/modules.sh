# shellcheck shell=bash
# Sourced by scripts that use built modules outside of the package manager: sets `module_flags` for the compiler and its
# companions, from the folder of a build in `bin`.

module_flags=(-I "$bin/Modules" -I Sources/CZstd -I Sources/CZlib)
# C modules of packages lie with their sources, those of this package have a map that the build made.
for folder in .build/checkouts/*/Sources/*/include; do
  if [ -f "$folder/module.modulemap" ]; then module_flags+=(-I "$folder"); fi
done
for map in "$bin"/*.build/module.modulemap; do
  if [ -f "$map" ]; then module_flags+=(-Xcc "-fmodule-map-file=$map"); fi
done
