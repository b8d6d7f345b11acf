# 出错时说的话：文件、数据库、密钥、消息服务器、系统。

original = 原文：{ $text }
error-without-words = 出错了
error-file = 文件 { $path } 读不了
error-file-write = 文件 { $path } 写不了
error-no-folder = 文件 { $file } 写不了：没有文件夹 { $folder }，请先建立它
error-folder = 文件夹 { $path } 用不了
error-json = 内容不是约定的 JSON
error-settings-file = 设置文件 { $path } 读不了
error-settings-content = 设置文件 { $path } 有误
error-no-random = 本机取不到随机数
error-unknown-key = 内容是用 { $number } 号密钥加密的，密钥文件里没有它
error-damaged = 库中的内容已损坏，请运行 huiliu doctor
error-no-sealing = 本机不能加密内容
error-store-away = 数据库暂时读写不了
error-store-conflict = 这一步与库中的内容矛盾，没有写入
error-store-damaged = 库中 { $table } 的第 { $row } 行已损坏，请运行 huiliu doctor
error-store-newer = 数据库是由更新版本的 huiliu 写的，只能用那个版本打开
error-store-locked = { $place } 正被另一个 huiliu 进程使用，请先停掉它
error-store-unusable = 数据库 { $place } 不能用
error-store-keys = 密钥文件不是这个数据库的，什么也没有改动；请换用建库时的密钥文件
error-store-stopped = 数据库已停止
error-not-stored = 没有存下任何更改
error-not-read = 数据库暂时读不了
error-stopping = 网关正在停止
error-one-channel = 配置包里必须恰好有一个渠道，现有 { $count } 个
error-broker-url = AMQP 网址不对；应写作 amqp://user:password@host:5672/vhost 或 amqps://…
error-broker = 消息服务器（AMQP）连不上，或拒绝了请求
error-broker-silent = 消息服务器（AMQP）{ $seconds } 秒内没有回应
error-broker-lost = 与消息服务器（AMQP）的连接断了
error-not-given-back = 消息没有退回
error-no-answer = 网关没有回应（{ $url }）：请确认它正在运行，地址与端口无误
error-answer = { $path } 答 HTTP { $status }
error-refused = { $said } [{ $path } HTTP { $status }, { $request }]
error-url = 网关地址 { $url } 不是网址；请写成 http://主机:端口 或 https://主机:端口
error-no-token = 请用 --token 给出令牌，或设环境变量 HULIU_TOKEN
error-stdin = 标准输入读不了
error-listen = 不能监听 { $address }；是否已有网关在运行？
error-keys = 密钥不能用；可用 huiliu keys new 新建
error-database = 数据库 { $database } 不能用
error-settings-problems = 设置有 { $count } 个问题：
error-pack-problems = 城市配置包有 { $count } 个问题：
error-problems = { $count } 个问题：


usage-error = 错误：{ $said }
usage-unknown-argument = 没有参数 { $argument }
usage-unknown-command = 没有命令 { $command }
usage-missing-argument = 缺少 { $argument }
usage-missing-command = 缺少命令
usage-conflict = { $argument } 不能与 { $other } 同时使用
usage-no-value = { $argument } 需要一个值
usage-bad-value = { $argument } 的值不对：{ $value }
usage-wrong = 命令写得不对
usage-alike = 是否要写：{ $alike }
usage-help = 详见 --help
usage-languages = 可用：zh、en

# 各处帮助共用的词。
help-examples = 示例：
help-default = （默认：{ $value }）
help-arguments = 参数
help-options = 选项
help-commands = 命令
help-usage = 用法：
help-some-options = {"["}选项]
help-a-command = <命令>
