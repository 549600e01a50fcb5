#!/bin/sh
# Makes the guide's pictures of maps anew, with the bundled model and the sample film: sh resources/guide/pictures.sh
set -e
cd "$(dirname "$0")/../.."
export QT_QPA_PLATFORM=offscreen HF_HUB_OFFLINE=1
guide=resources/guide phrase="multiple lung masses" run=.venv/bin
film=$($run/python -c "from afloc_core.imaging.sample import sample_film; print(sample_film())")

$run/python main.py --phrase "$phrase" --screenshot $guide/window.png
for mode in overlay side-by-side swipe blink difference; do
    $run/python main.py --phrase "$phrase" --compare $mode --screenshot $guide/comparing-$mode.png
done
export_as() { # layout, size, phrases
    layout=$1 size=$2
    shift 2
    $run/afloc export "$film" "$@" --annotations resources/sample/marks.json --layout "$layout" --size "$size" \
        --overwrite --output $guide/exporting-"$layout".png
}
export_as single 700 --phrase "$phrase"
export_as side-by-side 560 --phrase "$phrase"
export_as slide 1280 --phrase "$phrase"
export_as paper 700 --phrase "$phrase"
export_as multiples 420 --phrase "$phrase" --phrase "left pleural effusion" --phrase cardiomegaly
