# What is said when something fails: files, the database, keys, the broker, the system.

original = original: { $text }
error-without-words = something failed
error-file = { $path } cannot be read
error-file-write = { $path } cannot be written
error-no-folder = { $file } cannot be written: there is no folder { $folder }; make it first
error-folder = the folder { $path } cannot be used
error-json = the content is not the JSON that was agreed on
error-settings-file = the settings file { $path } cannot be read
error-settings-content = the settings file { $path } is not as it should be
error-no-random = no random numbers
error-unknown-key = content was sealed with key { $number }, which is not in the key file
error-damaged = something stored is damaged; run huiliu doctor
error-no-sealing = content cannot be sealed on this machine
error-store-away = the store cannot be reached or written
error-store-conflict = the step contradicts what is stored; nothing was written
error-store-damaged = { $table } { $row } is damaged; run huiliu doctor
error-store-newer = the store was written by a newer version of huiliu: only that one may open it
error-store-locked = { $place } is in use by another huiliu process; stop it first
error-store-unusable = the database { $place } cannot be used
error-store-keys = the key file is not that of this database; nothing was changed: give the one it was made with
error-store-stopped = the store has stopped
error-not-stored = nothing was stored
error-not-read = the store could not be read
error-stopping = the gateway is stopping
error-one-channel = the pack must have exactly one channel; it has { $count }
error-broker-url = the AMQP URL is not valid; write amqp://user:password@host:5672/vhost or amqps://…
error-broker = the broker failed
error-broker-silent = the broker did not answer within { $seconds } s
error-broker-lost = the connection to the broker is lost
error-not-given-back = the message was not given back
error-no-answer = the gateway does not answer ({ $url }): is it running, are address and port right?
error-answer = { $path }: HTTP { $status }
error-refused = { $said } [{ $path } HTTP { $status }, { $request }]
error-url = the address of the gateway, { $url }, is not a URL; write http://HOST:PORT or https://HOST:PORT
error-no-token = give --token or set HULIU_TOKEN
error-stdin = standard input cannot be read
error-listen = cannot listen on { $address }; is another gateway running?
error-keys = the keys cannot be used; make some with huiliu keys new
error-database = the database { $database } cannot be used
error-settings-problems = the settings have { $count } problem(s):
error-pack-problems = the city pack has { $count } problem(s):
error-problems = { $count } problem(s):


usage-error = error: { $said }
usage-unknown-argument = there is no argument { $argument }
usage-unknown-command = there is no command { $command }
usage-missing-argument = { $argument } is missing
usage-missing-command = a command is missing
usage-conflict = { $argument } cannot be used with { $other }
usage-no-value = { $argument } needs a value
usage-bad-value = { $argument } has a value that cannot be used: { $value }
usage-wrong = the command cannot be understood
usage-alike = did you mean: { $alike }
usage-help = For more, see --help
usage-languages = zh and en are known

# Around all help texts.
help-examples = Examples:
help-default = {" "}[default: { $value }]
help-arguments = Arguments
help-options = Options
help-commands = Commands
help-usage = Usage:{" "}
help-some-options = {"["}OPTIONS]
help-a-command = <COMMAND>
