# shellcheck shell=bash
# The steps for clients that show the server as a directory, M. Sourced, never run.

# on_directory STEP: with ordinary programs.
on_directory() {
    case $1 in
    login | wrong-password) ls "$M/" ;;
    list) ls -l "$M$R" ;;
    make-directories) mkdir "$M$R/made" && mkdir "$M$R/made/deeper" ;;
    upload) for name in empty one mebibyte; do cp "$L/$name" "$M$R/$name"; done ;;
    download) for name in empty one mebibyte; do cp "$M$R/$name" "$L/$name"; done ;;
    large) cp "$BERTH_LARGE" "$M$R/large" && cp "$M$R/large" "$L/large" ;;
    resume-upload) tail -c "+$(($(stat -c %s "$M$R/file") + 1))" "$L/file" >>"$M$R/file" ;;
    resume-download) tail -c "+$(($(stat -c %s "$L/file") + 1))" "$M$R/file" >>"$L/file" ;;
    rename) mv "$M$R/old" "$M$R/new" ;;
    mode) chmod 604 "$M$R/file" ;;
    time) touch -d @1234567890 "$M$R/file" ;;
    remove) rm "$M$R/file" && rmdir "$M$R/directory" ;;
    symlink) ln -s target "$M$R/link" && readlink "$M$R/link" ;;
    names | tree) cp -r "$L/$1" "$M$R/$1" && cp -r "$M$R/$1" "$L/back" ;;
    missing) cp "$M$R/missing" "$L/missing" ;;
    *) unknown "$1" ;;
    esac
}
