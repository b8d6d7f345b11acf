# 命令及其参数的帮助：每条消息是一个命令（按路径），每个属性是一个参数。

command-shared = -
    .config = 设置文件（TOML）；默认用当前文件夹里的 huiliu.toml，没有则用默认设置
    .url = 网关的网址；默认取设置文件里的监听地址
    .token = 访问令牌；默认取环境变量 HULIU_TOKEN
    .queue-pack = 城市配置包的文件夹，队列按它命名；设置文件的 `[amqp]` 里写明了队列名的不需要
    .pack = 城市配置包的文件夹
    .json = 输出 JSON
    .channel = 渠道
    .only-channel = 只看这个渠道
    .limit = 最多显示多少条
    .raw-id = 原始记录的编号
    .complaint = 诉求的受理号
    .ticket = 工单
    .phone = 电话号码，任何写法均可
    .id-number = 身份证号，任何写法均可；其他证件则按渠道里的写法
    .one-receipt = 某一件诉求的受理号
    .message = 消息编号，与列表中所示相同
    .messages = 消息编号，与列表中所示相同
    .all = 现有的全部
    .complaints-file = 诉求文件，用配置包里的渠道读取；按时间排序
    .labels = 已知的归属：`msg_id,cluster_id[,type,confidence]`；没有列出的各自单独成件。`tune` 可以不给，此时用期望最大化估计权重
    .hard-negatives = 看着相似而不是同一件的对子 `a,b`
    .ignore-pairs = 不计分的对子 `a,b`
    .max-cluster = 成员超过此数的组不计入对子
    .merge-pack = 城市配置包：含一个读取诉求文件的渠道，以及所用的归并设置
    .lang = 这里用什么语言：zh 或 en；默认依次看 HULIU_LANG、LC_ALL、LC_MESSAGES、LANG，都没有则用中文
    .help = 显示帮助
    .version = 显示版本
    .help-command = 显示某个命令的帮助

command = 汇流（Huiliu）：多个诉求渠道进，一条统一工单流出，每件答复都送回来处
    .example =
        huiliu keys new
        huiliu check mappings/rongcheng --away
        huiliu run --pack mappings/rongcheng
        huiliu mapping try mappings/rongcheng hotline sample.xml
        huiliu import --pack mappings/rongcheng petition letters.xlsx
        huiliu tail
        HULIU_TOKEN=hl_… huiliu status
        huiliu evaluate merge --messages messages.csv --labels clusters.csv
command-run = 运行网关，直到收到停止信号（SIGTERM、Ctrl-C）。SIGHUP 重新加载城市配置包
    .example =
        huiliu run --pack mappings/rongcheng --config huiliu.toml
    .folder = { command-shared.pack }
command-check = 整体检查设置与城市配置包，运行其用例，列出全部问题及其文件、行、列。`huiliu run` 不能启动的，这里也不通过
    .example =
        huiliu check mappings/rongcheng --away
        huiliu --config /etc/huiliu/huiliu.toml check /etc/huiliu/pack
    .pack = { command-shared.pack }
    .away = 不在网关那台机器上：密钥、令牌和证书可以没有
command-mapping = 试用映射，或把样例存成用例
command-mapping-try = 显示渠道把一个文件读成什么：原始记录与诉求并排，问题列在下面
    .pack = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = 来源发来的内容，原样存成的文件
    .json = { command-shared.json }
    .most = 最多显示多少条记录
    .status = 再显示：这样的答复（resolved、closed、rejected、accepted 等办理状态）会怎样发给来源。只写出请求，不发送；密钥不显示
    .words = 答复的内容；默认为一句示例
    .department = 答复的单位；默认为示例
command-mapping-accept = 把样例存成用例：现在映射出什么，以后就必须映射出什么
    .pack = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = 来源发来的内容，原样存成的文件，不含真实的个人信息
    .name = 用例的名称；默认取文件名
command-import = 把一个文件经配置包里的渠道导入，带进度条。同一数据库上不能有网关正在运行
    .example =
        huiliu import --pack mappings/rongcheng petition letters.xlsx
        huiliu import --history --pack mappings/rongcheng petition 2025.xlsx
    .folder = { command-shared.pack }
    .channel = { command-shared.channel }
    .file = 渠道所用格式的文件
    .history = 文件里是早已办结的件（渠道文件的 [history]）：不发消息、不答复、不计时，供归并和统计使用
command-tail = 显示正在发出的工单
    .example =
        huiliu tail
        huiliu tail --key 'created.#' --count 10
    .key = 路由键的样式：<event>.<district>.<department>.<grade>，即事件、区划、承办单位、等级
    .count = 看到多少条后结束
    .json = 每条事件输出一行 JSON
command-status = 显示运行中网关的渠道及其告警、队列、总账和最近读过的文件。网关未就绪时（如连不上消息服务器）退出码为 1
    .example =
        HULIU_TOKEN=hl_… huiliu status   （或先设环境变量 HULIU_TOKEN）
        huiliu status --json
    .json = { command-shared.json }
command-warnings = 按渠道和字段列出告警（记录已收下，但有可疑之处），附样例
    .example =
        huiliu warnings
        huiliu warnings --channel hotline --field occurred_at
    .channel = { command-shared.only-channel }
    .field = 只看诉求的这个字段
    .limit = 最多显示多少组
command-files = 列出读过的来源文件，最近的在前：各行的结果，以及没有读的部分
    .example =
        huiliu files --channel petition
    .channel = { command-shared.only-channel }
    .limit = { command-shared.limit }
command-quarantine = 列出收不下来的记录，重新映射，或者舍弃
    .example =
        huiliu quarantine list --channel hotline
        huiliu quarantine replay 120
        huiliu quarantine discard 120 --reason 测试数据
command-quarantine-list = 列出待修复的记录，最早的在前
    .channel = { command-shared.only-channel }
    .after = 只看这条原始记录之后的
    .limit = { command-shared.limit }
command-quarantine-replay = 按现在的设置重新映射一条记录
    .raw-id = { command-shared.raw-id }
command-quarantine-discard = 永久舍弃一条记录：记录与理由保留，计入舍弃
    .raw-id = { command-shared.raw-id }
    .reason = 理由，不要含个人信息：来源再次发来这条记录时会收到它
command-replies = 列出没有渠道能送达的答复，登记人工已经告知的
    .example =
        huiliu replies list
        huiliu replies told 12 13 --how 电话告知本人
        huiliu replies unanswered --reason by_hand
        huiliu replies check --from 2026-11-01 --to 2026-11-30
command-replies-list = 按状态列出答复，最近的在前
    .state = by_hand、told、dead、held、no_route、pending 或 sent
    .limit = { command-shared.limit }
command-replies-unanswered = 按人核对：办结工单的诉求 = 已答复 + 未答复（各有原因），并列出未答复的；不平衡时以失败结束
    .reason = 只看这个原因：waiting、held、dead、by_hand、no_route、erased、withdrawn、closed、past 或 missing
    .limit = { command-shared.limit }
command-replies-check = 核查答复：超时未答复、多件事套用同一答复、内容与状态矛盾、已办结而反映人不满意，按单位统计并逐件列出
    .from = 第一天：到期或办结的日子
    .to = 最后一天（含）
    .department = 只看这个承办单位的代码
command-replies-told = 登记已经告知这些答复的市民，以及怎样告知；再次登记时以第一次为准
    .replies = 答复的编号
    .how = 怎样告知的，例如 电话告知本人
    .at = 告知的时间，例如 2026-11-22T10:00:00+08:00；默认为现在
command-watch = 列出突增和关键词预警，给标签排名
    .example =
        huiliu watch surges
        huiliu watch warnings --limit 20
        huiliu watch ranking --from 2026-11-01 --to 2026-11-30
command-watch-surges = 列出告诉过的突增，最新的在前；规则在 watch.toml 的 [[surge]]
    .limit = { command-shared.limit }
command-watch-warnings = 列出告诉过的关键词预警，最新的在前；规则在 watch.toml 的 [[warning]]
    .limit = { command-shared.limit }
command-watch-ranking = 按诉求件数给标签排名，并与之前同样多的天数相比
    .from = 第一天，例如 2026-11-01
    .to = 最后一天（含）
    .district = 只看这个区划的代码
command-rewards = 参与积分和星级
command-rewards-show = 显示一位市民的积分、星级和每一笔的来由；记入审计日志
    .example =
        huiliu rewards show --phone 13800001111
        huiliu rewards show --channel mini-program --account o6_bmjrPTlm6_2sgVt7hMZOPfL2M
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .account = 渠道上的用户标识，与 --channel 同时写；“-”从标准输入读一行
    .channel = 渠道的代码，与 --account 同时写
    .json = { command-shared.json }
command-topic = 专题：反复出现的事项，登记会商和决定，定期回看
    .example =
        huiliu topic list --state open
        huiliu topic new 外国语学校门口公交班次 RC-20261122-000001 RC-20261123-000007
        huiliu topic decide 7 --state decided --words 九月起放学时段加开两班
        huiliu topic follow-up 7 --every monthly
command-topic-new = 把一些工单立为一个专题
    .title = 标题，至多 100 个字；不要写诉求人的姓名和号码
    .tickets = 工单号
command-topic-list = 列出专题，最新的在前
    .state = 只看这个状态的：open、consulted、decided、adopted、rejected、closed
    .limit = { command-shared.limit }
command-topic-show = 显示一个专题的经过和工单；记入审计日志
    .topic = 专题的编号
command-topic-add = 给专题添加工单
    .topic = 专题的编号
    .tickets = 工单号
command-topic-decide = 登记会商、决定或办结，写明内容
    .topic = 专题的编号
    .state = 改为的状态：consulted 已会商、decided 已决定、adopted 已立项、rejected 不采纳、closed 已办结；后两种可以改回 open
    .words = 会商或决定的内容，至多 2000 个字
command-topic-adopt = 登记立项（同 decide --state adopted）
    .topic = 专题的编号
    .words = 项目的内容
command-topic-follow-up = 规定多久回看一次，或登记这次回看的情况
    .topic = 专题的编号
    .every = 多久一次：weekly、monthly、quarterly、half_yearly、yearly；从现在算起
    .words = 这次回看的情况
command-topic-rank = 按最近新来的诉求件数给专题排名，并与之前同样多的天数相比
    .days = 最近多少天，至多 366
command-callback = 列出待回访的诉求，登记回访的结果
    .example =
        huiliu callback list
        huiliu callback note RC2611220000007 --rating satisfied --words 当晚就修好了
        huiliu callback note RC2611220000007 --unreached
command-callback-list = 列出待回访的诉求，等得最久的在前
    .limit = { command-shared.limit }
command-callback-note = 登记诉求人在回访中的评价，或未能接通；不满意的按城市的规定重启办理
    .receipt = { command-shared.complaint }
    .rating = 评价档次的代码：handling.toml 的 [[evaluation.scale]]；没有写的城市用 satisfied、fair、dissatisfied
    .words = 诉求人说的话
    .unreached = 未能接通：从待回访中去掉
command-channel = 查看一个渠道的往来
    .example =
        huiliu channel trace hotline
        huiliu channel trace hotline --count 20 --json
command-channel-trace = 跟踪运行中的网关与一个渠道的往来：问了什么，答了什么，怎样判定。不显示密钥；登录的内容不显示；没有查看个人信息权限的令牌看不到内容。不再询问五分钟后自动关闭，不写日志、不落盘
    .channel = { command-shared.channel }
    .count = 显示这么多次往来后结束；默认一直跟踪
    .json = 每次往来一行 JSON
command-deliveries = 列出等待投送的和已放弃的投送，重新投送
    .example =
        huiliu deliveries list province --state pending
        huiliu deliveries retry province
command-deliveries-list = 列出投送，最近的在前
    .destination = 只看这个订阅流或投送目的地的
    .state = 状态：pending、sent 或 dead
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-deliveries-send = 把工单按现在的样子再投送给一个订阅流或投送目的地：一张，或从某日起建立的全部，最近的在前
    .to = 订阅流或投送目的地的名称
    .ticket = 工单；不写时为从某日起的全部
    .since = 从这一天起建立的全部工单，例如 2026-11-01
command-deliveries-retry = 立即投送等待的和已放弃的：按编号一条，或按名称一个订阅流或投送目的地的全部（暂停尝试的目的地也立即尝试）
    .what = 投送的编号，或者订阅流、投送目的地的名称
command-deliveries-discard = 丢弃配置包里已没有的订阅流或投送目的地的消息，或已放弃的投送
    .destination = 订阅流或投送目的地的名称
    .reason = 原因，写入日志，不含个人信息
    .dead = 只丢弃已放弃的；目的地可以还在配置包里
command-find = 查找诉求，含已办结的，最近的在前：按编号、文字、工单情况；给出的条件须全部满足
    .example =
        huiliu find --phone '+86 138-0000-1111'
        huiliu find --source-number 2611220001 --json
        huiliu find --words '路灯 青鱼滩路' --since 2026-01-01 --status closed
        huiliu find --department 371082-cg --overdue
    .receipt = 受理号
    .source-number = 来源的编号，不分渠道
    .foreign-number = 工单在投送对方系统里的编号
    .phone = 反映人的电话号码，任何写法均可；需要 operator 角色的令牌
    .words = 标题、正文、地址里的文字，用空格隔开，每个都要出现；全半角、大小写、繁简、空白和标点不计。operator 以下的角色只按看得到的（已脱敏的）文字查找
    .address = 地址、街道、社区里的文字，规则同上
    .channel = 渠道的代码或名称
    .category = 事项分类的代码或名称
    .department = 承办单位的代码或名称
    .district = 区划的代码或名称
    .grade = 等级的代码或名称
    .status = 工单的状态，例如 open、in_progress、closed
    .since = 网关在这一天或之后收到的，例如 2026-11-01
    .until = 网关在这一天或之前收到的
    .overdue = 只看未办结且已过办理时限的，或有时钟超时仍在走的
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-report = 报表（城市配置包的 reports.toml）：指标、评分与排名；不写名称或写 list，列出有哪些
    .example =
        huiliu report list
        huiliu report units --from 2026-11-01 --to 2026-11-30
        huiliu report units --from 2026-11-01 --to 2026-11-30 --format xlsx -o units.xlsx
        huiliu report units --from 2026-11-01 --to 2026-11-30 --format html -o units.html
        huiliu report units --kept
        huiliu report --edition 12 --format xlsx -o units.xlsx
    .name = 报表名称，或 list
    .from = 第一天
    .to = 最后一天（含）
    .district = 只看这个区划代码之内的
    .format = 格式：table、json、html、csv 或 xlsx
    .output = 写入的文件；不写则输出到终端
    .kept = 列出到时自动生成的报表，最新的在前
    .edition = 取出自动生成的一期，按编号
command-bulletin = 公示（reports.toml 的 [[bulletin]]）：屏上展示的事项；不写名称或写 list，列出有哪些
    .example =
        huiliu bulletin list
        huiliu bulletin village --district 511526100
        huiliu bulletin village --format html -o village.html
        huiliu bulletin village --boards
    .name = 公示名称，或 list
    .district = 只看这个区划代码之内的
    .boards = 列出各屏最近一次取走的时间；有屏超时未取时退出码为 1
    .format = 格式：table、json 或 html
    .output = 写入的文件；不写则输出到终端
command-trace = 按时间顺序显示一件事的全过程：原始记录和每个字段的表达式、分派与归并的理由、时限、每条消息和确认、状态、答复和每次发送的结果、人的决定
    .example =
        huiliu trace RC-20261122-000001
        huiliu trace 13800001111 --json
        huiliu trace RC-20261122-000001 --signed 过程.json
    .matter = 受理号、工单编号、来源或对方系统的编号、反映人的电话号码
    .json = { command-shared.json }
    .signed = 写成这个文件，并在旁边写签名（.sig），openssl 可以验证
command-explain = 说明两件诉求为什么是或不是同一件，或工单上每件诉求为什么在这里
    .example =
        huiliu explain RC2611220000001 RC2611220000007
        huiliu explain RC-20261122-000001 --json
    .a = 工单，或诉求的受理号、来源编号
    .b = 另一件诉求的受理号或来源编号
    .json = { command-shared.json }
command-review = 列出待确认的归并（是否同一件），分量最重的在前；或答复其中一条
    .example =
        huiliu review
        huiliu review 12 --same
        huiliu review 12 --different
    .review = 要答复的那条的编号
    .same = 是同一件：两张工单合为一张
    .different = 不是同一件，以后也不再问
    .limit = { command-shared.limit }
command-ticket = 拆分、移动、归并、锁定工单，以及撤销
    .example =
        huiliu ticket split RC2611220000007
        huiliu ticket undo RC-20261122-000001
command-ticket-split = 把一件诉求从工单里拆出来
    .receipt = { command-shared.complaint }
command-ticket-move = 把一件诉求移到另一张工单
    .receipt = { command-shared.complaint }
    .into = 它所属的工单
command-ticket-merge = 把一张工单的全部诉求并入另一张，此后由后者答复
    .from = 被并入的工单
    .into = 保留的工单
command-ticket-pin = 锁定工单，不再自动并入诉求
    .ticket = { command-shared.ticket }
command-ticket-unpin = 解除锁定，又可自动并入
    .ticket = { command-shared.ticket }
command-ticket-undo = 撤销人对工单的最近一次决定
    .ticket = { command-shared.ticket }
command-ticket-show = 显示一张工单：现状、时钟和每句由来、办理动作、评价、发出的通知
    .example =
        huiliu ticket show RC-20261122-000001
    .ticket = { command-shared.ticket }
    .json = { command-shared.json }
command-ticket-waiting = 等待人工审核的事项：分派前的工单，办结前的答复
    .example =
        huiliu ticket waiting
        huiliu ticket waiting --list sensitive
    .list = 只看这个清单（handling.toml 里的代码）
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-ticket-answer = 显示工单上等待审核的答复，以及如何决定
    .ticket = { command-shared.ticket }
command-ticket-release = 放行一张等待分派的工单
    .ticket = { command-shared.ticket }
command-ticket-approve = 同意等待审核的答复：事项办结，答复发给每位群众
    .ticket = { command-shared.ticket }
    .update-id = 所看过的答复的编号，见 `huiliu ticket answer`
command-ticket-send-back = 把等待审核的答复退回平台
    .ticket = { command-shared.ticket }
    .update-id = 所看过的答复的编号，见 `huiliu ticket answer`
    .reason = 退回的原因，给平台看
command-ticket-rate = 登记督办人员对办理结果的评价，与诉求人的评价分开
    .ticket = { command-shared.ticket }
    .rating = 评价档次的代码
    .words = 评语
command-unrouted = 公共流里无人接收的消息：查看、退回、丢弃
    .example =
        huiliu unrouted list
        huiliu unrouted --pack mappings/rongcheng discard --all
command-unrouted-list = 列出消息。消息留在队列里，查看会改变它们的次序
    .limit = { command-shared.limit }
command-unrouted-show = 显示一条消息的全文，其中可能有个人信息
    .message = { command-shared.message }
command-unrouted-return = 退回消息：订阅方放弃的退回其订阅流的队列，无人接收的退回其交换机
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-unrouted-discard = 丢弃消息
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-dead = 订阅方放弃的消息：查看、退回、丢弃
    .example =
        huiliu dead --pack mappings/rongcheng list
        huiliu dead --pack mappings/rongcheng return --all
command-dead-list = { command-unrouted-list }
    .limit = { command-shared.limit }
command-dead-show = { command-unrouted-show }
    .message = { command-shared.message }
command-dead-return = { command-unrouted-return }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-dead-discard = { command-unrouted-discard }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-refused = 被拒的办理状态及其理由：查看、丢弃
    .example =
        huiliu refused list
        huiliu refused show 1
        huiliu refused discard --all
command-refused-list = { command-unrouted-list }
    .limit = { command-shared.limit }
command-refused-show = { command-unrouted-show }
    .message = { command-shared.message }
command-refused-return = { command-unrouted-return }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-refused-discard = { command-unrouted-discard }
    .messages = { command-shared.messages }
    .all = { command-shared.all }
command-pack = 配置包：生效过的版本、差别、重新加载和回退；需要 admin 角色的令牌
    .example =
        huiliu pack list
        huiliu pack diff 3 5
        huiliu pack rollback 3 --reason 新对照表有误
command-pack-list = 列出生效过的配置包，最近的在前：谁、何时、为何
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-pack-show = 显示一个版本的文件，或其中一个文件的内容
    .number = 版本的编号，或归并依据里写的版本
    .file = 文件的路径，例如 tables/categories.csv
    .json = { command-shared.json }
command-pack-diff = 逐行显示两个版本的差别；不写时为正在生效的版本与目录里的文件之间的差别
    .from = 版本；默认为正在生效的
    .to = 版本，或 folder（目录里的文件，默认）
    .json = { command-shared.json }
command-pack-reload = 整体检查目录里的配置包并让它生效；有问题时什么都不变
    .reason = 为什么，与版本一起保存；不要写个人信息
command-pack-draft = 草稿：配置包的副本，修改、检查和试用时都不生效，发布后才生效；两个人同时修改不会互相覆盖
    .example =
        huiliu pack draft new '新路由' --folder ./draft
        huiliu pack draft push ./draft
        huiliu pack draft check 1
        huiliu pack draft publish 1 --reason '新区的街道'
command-pack-draft-new = 新建草稿，默认取自当前配置包
    .label = 草稿的名称
    .from = 取自某个版本（见 `huiliu pack list`）、另一份草稿（如 `draft:1`），或者 `folder`（配置包目录里的文件）
    .folder = 同时取到这个目录，目录须为空
command-pack-draft-list = 列出草稿：最后由谁修改、依据哪个版本
    .json = { command-shared.json }
command-pack-draft-pull = 把草稿的文件取到目录里修改
    .id = 草稿编号
    .folder = 存放文件的目录，须为空
    .force = 替换目录里已有的文件；被替换的保留在旁边的 .kept 目录
command-pack-draft-push = 把目录里的改动存入草稿；取出之后草稿被别人改过的，不会存入
    .folder = 取出草稿的目录
command-pack-draft-diff = 逐行显示草稿会带来的改动
    .id = { command-pack-draft-pull.id }
    .json = { command-shared.json }
command-pack-draft-check = 像 `huiliu pack reload` 那样检查草稿，包括用例；不会生效
    .id = { command-pack-draft-pull.id }
command-pack-draft-try = 显示草稿的某个渠道如何解读样例；什么都不保存
    .id = { command-pack-draft-pull.id }
    .channel = 草稿里的渠道
    .file = 渠道格式的样例文件
command-pack-draft-preview = 显示草稿会怎样改变最近的记录：类型、单位、等级、期限、时钟、标签；什么都不改变
    .id = { command-pack-draft-pull.id }
    .channel = 只看这个渠道的记录
    .records = 最近多少条记录，1 至 1000，默认 200
    .json = { command-shared.json }
command-pack-draft-rebase = 把草稿更新到之后生效的配置包上
    .id = { command-pack-draft-pull.id }
    .keep = 两边都改过时保留草稿一方的文件；可以写多次
command-pack-draft-publish = 把草稿写入配置包目录并使之生效，成为新版本；草稿随之删除
    .id = { command-pack-draft-pull.id }
    .reason = { command-pack-reload.reason }
    .revision = 仅当草稿仍是这次修订时
    .force = { command-pack-rollback.force }
command-pack-draft-remove = 删除草稿
    .id = { command-pack-draft-pull.id }
command-pack-rollback = 把一个旧版本的文件逐字节放回目录并让它生效；这也是一个新版本
    .number = { command-pack-show.number }
    .reason = { command-pack-reload.reason }
    .force = 放弃目录里尚未生效的改动
command-audit = 审计日志：谁在何时做了什么；是否被改动、删除或截断
    .example =
        huiliu audit list --from 2026-11-01 --to 2026-12-01
        huiliu audit export --from 2026-11-01 --format csv > audit.csv
        huiliu audit verify
command-audit-list = 列出审计日志，最近的在前；需要 auditor 角色的令牌
    .from = 从这个时间起，例如 2026-11-01 或 2026-11-01T08:00
    .to = 到这个时间之前
    .actor = 只看某人：令牌、本机用户或订阅流的名称
    .action = 只看一种操作：代码或名称，例如 ticket.look 或 查看工单
    .oldest-first = 最早的在前
    .limit = { command-shared.limit }
    .json = { command-shared.json }
command-audit-export = 导出审计日志，全部或一段时间；需要 auditor 角色的令牌
    .from = { command-audit-list.from }
    .to = { command-audit-list.to }
    .actor = { command-audit-list.actor }
    .action = { command-audit-list.action }
    .format = 格式：jsonl 或 csv
command-audit-verify = 在数据库里核对审计日志：每一条都在、都没有被改动，末尾没有被截断；需要密钥文件
    .checkpoint = 保存在别处的校验点（编号:链值，网关日志里每小时一行）；可以写多个
command-keys = 生成或轮换密钥
command-keys-new = 写一个新的密钥文件；已有的不会被替换
command-keys-public = 输出验证签名文件用的公钥（PEM）
command-keys-rotate = 加一把新的加密密钥，并用它把全部内容重新加密。网关不能正在运行
command-store = 把数据迁到另一个数据库
command-store-move = 把 SQLite 文件里的数据迁到 database 所指的数据库服务器。网关不能正在运行；中断后再运行，从断处接着迁
    .example =
        HULIU_DATABASE=postgres://huiliu:口令@db.example/huiliu huiliu store move --from var/huiliu.db
        huiliu store move --from var/huiliu.db --undo
    .from = SQLite 文件；内容不变，此后网关不再打开它
    .undo = 让网关重新使用该文件；其间迁到服务器上的数据不再过问
command-token = 生成和删除访问令牌
command-token-new = 生成令牌，只显示一次；已有的不会被替换
    .example =
        huiliu token new clerk --role operator
        huiliu token new clerk --replace
    .name = 给谁用
    .role = auditor、security、platform、viewer、clerk、operator 或 admin；默认 viewer，换令牌时默认沿用原来的角色
    .replace = 换掉同名的令牌：旧令牌随即失效
command-token-list = 列出令牌
command-token-remove = 删除令牌
    .name = 原来给谁用的
command-people = 谁可以登录控制台：在本机的数据库里添加、停用、删除
command-people-add = 添加一个人，显示其一次性口令
    .example =
        huiliu people add wang.lei --role clerk --title 王蕾，七里街道 --department street-qili
        huiliu people add shenji --role auditor
    .name = 用户名
    .role = 角色：auditor（审计管理员）、security（安全管理员）、viewer（只看）、clerk（承办单位经办人）、operator（话务与派单）、admin（系统管理员）
    .title = 别人怎么称呼
    .district = 只看这个区划（含下级）的事项；可以写多个
    .department = 只看并代表这个承办单位（含下级）；可以写多个
    .category = 只看这个事项分类；可以写多个
    .channel = 只看来自这个渠道的事项；可以写多个
command-people-list = 列出可以登录的人
command-people-reset = 给忘记口令或丢失二次验证的人新的一次性口令
    .name = 用户名
command-people-bar = 停用一个人，其登录随即失效
    .name = 用户名
command-people-admit = 重新启用一个人
    .name = 用户名
command-people-remove = 删除一个人；审计日志里的记录保留
    .name = 用户名
command-doctor = 检查数据库：文件、总账、孤立的行、发件箱、答复、加密内容
    .example =
        huiliu doctor --repair
    .repair = 能自动修复的就修复，不涉及人的决定
command-erase = 删除一个市民的个人信息；工单的数量和去向保留。没有找到人时退出码为 3。网关正在运行的，由网关来做，需要 admin 角色的令牌；否则直接打开数据库
    .example =
        huiliu erase --phone '+86 138-0000-1111'
        huiliu erase --phone - < number.txt   （其他用户看得到命令行）
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .receipt = { command-shared.one-receipt }
command-export = 把运行中的网关所存的某个市民的全部信息输出为 JSON，供本人查阅；需要 admin 角色的令牌。没有找到人时退出码为 3
    .example =
        huiliu export --phone - < number.txt > citizen.json
    .phone = { command-shared.phone }
    .id-number = { command-shared.id-number }
    .receipt = { command-shared.one-receipt }
command-evaluate = 用已标注的诉求测量归并与脱敏
command-evaluate-merge = 把已标注的诉求按时间顺序送入映射与归并，再把工单与标注对照：对子、组、候选召回、送人工、速度，以及最严重的错误及其依据
    .example =
        huiliu evaluate merge --messages messages.csv --labels clusters.csv --hard-negatives pairs.csv
    .messages = { command-shared.complaints-file }
    .labels = { command-shared.labels }
    .hard-negatives = { command-shared.hard-negatives }
    .ignore-pairs = { command-shared.ignore-pairs }
    .max-cluster = { command-shared.max-cluster }
    .pack = { command-shared.merge-pack }
    .worst = 两类最严重的错误各显示几个
    .tickets = 另把每条诉求归入的工单写入文件：`msg_id,ticket`，供自己的评分程序使用
    .json = { command-shared.json }
command-evaluate-masking = 对已标注的文本脱敏并对照：每类个人信息的召回率与准确率
    .example =
        huiliu evaluate masking --texts tests/masking/texts.csv --labels tests/masking/labels.csv
    .texts = 文本：`id,text[,reporter_name]`
    .labels = 其中的个人信息：`id,kind,text`，每出现一次写一行
    .examples = 最多显示多少个漏掉的标注，以及同样多的无标注片段。它们是个人信息，所以默认不显示
command-tune = 根据诉求（有无标注均可）和已答复的待确认，提出归并权重与阈值的建议；写明了才写入
command-tune-merge = 一起拟合全部比较的权重，显示交叉验证的准确率与召回率曲线，提出阈值建议。没有标注时用期望最大化估计权重
    .example =
        huiliu tune merge --messages messages.csv --labels clusters.csv --picture curve.svg
        huiliu tune merge --messages messages.csv
    .messages = { command-shared.complaints-file }
    .labels = { command-shared.labels }
    .hard-negatives = { command-shared.hard-negatives }
    .ignore-pairs = { command-shared.ignore-pairs }
    .max-cluster = { command-shared.max-cluster }
    .pack = { command-shared.merge-pack }
    .precision = 归并中必须正确的占比，0 到 1
    .review = 可以送人工的诉求占比，0 到 1
    .reviews = 也从网关数据库里已答复的待确认中学习
    .picture = 把准确率与召回率曲线画入这个文件
    .write = 把建议写入配置包的 `city.toml`；不写这个选项就不写入
command-points = 表单的点位：打印二维码
command-points-sheets = 把表单的点位画成二维码，A4 一张一个 SVG 文件，带进度条
    .example =
        huiliu points sheets mappings/gongxian sheets --address https://gx.example
    .pack = 配置包的文件夹
    .folder = 写到哪个文件夹
    .address = 群众从哪个网址打开页面，如 https://gx.example
    .channel = 表单的渠道；只有一张表单有点位时可以不写
    .hint = 码下面的一句话；缺省是表单的标题
    .columns = 一行几个
    .rows = 一列几个
command-schemas = 把 JSON Schema、AsyncAPI 和 OpenAPI 文档写入一个文件夹
    .example =
        huiliu schemas deploy/schemas
    .folder = 文件夹
