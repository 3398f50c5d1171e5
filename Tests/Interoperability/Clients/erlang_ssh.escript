#!/usr/bin/env escript
%% -*- erlang -*-
%%! +fnu +S 1
-mode(compile).

%% A read or write goes out as one request; servers take 256 KiB at most.
-define(CHUNK, 131072).

local(Name) -> filename:join(os:getenv("BERTH_LOCAL"), Name).
remote(Name) -> os:getenv("BERTH_REMOTE") ++ "/" ++ Name.

main([Step]) ->
    {ok, _} = application:ensure_all_started(ssh),
    logger:set_primary_config(level, emergency),
    {ok, Text} = file:read_file(os:getenv("BERTH_PASSWORD_FILE")),
    Password = string:trim(binary_to_list(Text), trailing, "\n"),
    Prints = string:split(os:getenv("BERTH_HOST_KEYS"), " ", all),
    Known = fun(_, Print) -> lists:member(Print, Prints) end,
    Options = [{user, os:getenv("BERTH_USER")}, {password, Password}, {silently_accept_hosts, {sha256, Known}},
        {save_accepted_host, false}, {user_interaction, false}, {auth_methods, "password"}, {connect_timeout, 20000}],
    case ssh:connect(os:getenv("BERTH_HOST"), list_to_integer(os:getenv("BERTH_PORT")), Options) of
        {ok, Connection} ->
            {ok, Channel} = ssh_sftp:start_channel(Connection),
            case catch step(Step, Channel) of
                {'EXIT', Reason} -> say(Reason), halt(1);
                _ -> ssh:close(Connection), halt(0)
            end;
        {error, Reason} -> say(Reason), halt(1)
    end.

%% The server's no_such_file as words.
say(Reason) -> io:format(standard_error, "~s~n", [string:replace(io_lib:format("~tp", [Reason]), "_", " ", all)]).

step("login", C) -> {ok, Path} = ssh_sftp:real_path(C, "."), io:format("~tp~n", [Path]);
step("wrong-password", C) -> step("login", C);
step("list", C) -> {ok, Names} = ssh_sftp:list_dir(C, remote("")), [io:format("~ts~n", [N]) || N <- Names];
step("make-directories", C) ->
    ok = ssh_sftp:make_dir(C, remote("made")),
    ok = ssh_sftp:make_dir(C, remote("made/deeper"));
step("upload", C) -> [put(C, local(N), remote(N)) || N <- ["empty", "one", "mebibyte"]];
step("download", C) -> [get(C, remote(N), local(N)) || N <- ["empty", "one", "mebibyte"]];
step("large", C) -> put(C, os:getenv("BERTH_LARGE"), remote("large")), get(C, remote("large"), local("large"));
step("resume-upload", C) ->
    {ok, Info} = ssh_sftp:read_file_info(C, remote("file")),
    Offset = element(2, Info),
    {ok, <<_:Offset/binary, Rest/binary>>} = file:read_file(local("file")),
    {ok, Handle} = ssh_sftp:open(C, remote("file"), [read, write]),
    {ok, _} = ssh_sftp:position(C, Handle, Offset),
    parts(C, Handle, Rest),
    ok = ssh_sftp:close(C, Handle);
step("resume-download", C) ->
    Offset = filelib:file_size(local("file")),
    {ok, Handle} = ssh_sftp:open(C, remote("file"), [read, binary]),
    {ok, _} = ssh_sftp:position(C, Handle, Offset),
    {ok, File} = file:open(local("file"), [append, raw]),
    copy(C, Handle, File);
step("rename", C) -> ok = ssh_sftp:rename(C, remote("old"), remote("new"));
step("mode", C) -> info(C, 8, 8#604);
step("time", C) ->
    Time = {{2009, 2, 13}, {23, 31, 30}},
    {ok, Info} = ssh_sftp:read_file_info(C, remote("file")),
    ok = ssh_sftp:write_file_info(C, remote("file"), setelement(6, setelement(5, Info, Time), Time));
step("remove", C) -> ok = ssh_sftp:delete(C, remote("file")), ok = ssh_sftp:del_dir(C, remote("directory"));
step("symlink", C) ->
    %% It sends the draft's order, so that with OpenSSH's server too its arguments have to be given the other way round.
    ok = ssh_sftp:make_symlink(C, "target", remote("link")),
    {ok, "target"} = ssh_sftp:read_link(C, remote("link"));
step("names", C) -> tree("names", C);
step("tree", C) -> tree("tree", C);
step("missing", C) -> get(C, remote("missing"), local("missing"));
step(_, _) -> halt(64).

info(C, Field, Value) ->
    {ok, Info} = ssh_sftp:read_file_info(C, remote("file")),
    ok = ssh_sftp:write_file_info(C, remote("file"), setelement(Field, Info, Value)).

put(C, From, To) ->
    {ok, File} = file:open(From, [read, binary, raw]),
    {ok, Handle} = ssh_sftp:open(C, To, [write, creat, trunc]),
    put_parts(C, File, Handle),
    ok = ssh_sftp:close(C, Handle),
    ok = file:close(File).

put_parts(C, File, Handle) ->
    case file:read(File, ?CHUNK) of
        {ok, Data} -> ok = ssh_sftp:write(C, Handle, Data), put_parts(C, File, Handle);
        eof -> ok
    end.

parts(C, Handle, <<Part:?CHUNK/binary, Rest/binary>>) -> ok = ssh_sftp:write(C, Handle, Part), parts(C, Handle, Rest);
parts(C, Handle, Rest) -> ok = ssh_sftp:write(C, Handle, Rest).

get(C, From, To) ->
    {ok, Handle} = ssh_sftp:open(C, From, [read, binary]),
    {ok, File} = file:open(To, [write, raw]),
    copy(C, Handle, File).

copy(C, Handle, File) ->
    case ssh_sftp:read(C, Handle, ?CHUNK) of
        {ok, Data} -> ok = file:write(File, Data), copy(C, Handle, File);
        eof -> ok = ssh_sftp:close(C, Handle), ok = file:close(File)
    end.

tree(Name, C) -> put_tree(C, local(Name), remote(Name)), get_tree(C, remote(Name), local("back")).

put_tree(C, From, To) ->
    ok = ssh_sftp:make_dir(C, To),
    {ok, Names} = file:list_dir(From),
    [case filelib:is_dir(From ++ "/" ++ N) of
        true -> put_tree(C, From ++ "/" ++ N, To ++ "/" ++ N);
        false -> put(C, From ++ "/" ++ N, To ++ "/" ++ N)
    end || N <- Names].

get_tree(C, From, To) ->
    ok = file:make_dir(To),
    {ok, Names} = ssh_sftp:list_dir(C, From),
    [begin
        {ok, Info} = ssh_sftp:read_file_info(C, From ++ "/" ++ N),
        case element(3, Info) of
            directory -> get_tree(C, From ++ "/" ++ N, To ++ "/" ++ N);
            _ -> get(C, From ++ "/" ++ N, To ++ "/" ++ N)
        end
    end || N <- Names, N =/= ".", N =/= ".."].
