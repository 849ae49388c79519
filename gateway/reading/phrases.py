"""The words of mail programs: attributions, header names, separators, signatures, prefixes — as data.

Pure. A new mail program usually means a phrase here and nothing elsewhere. Everything is lower case; «|» parts phrases.
"""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase for phrase in (" ".join(piece.split()) for piece in text.split("|")) if phrase)


# Verbs that end or hold an attribution: «Anna wrote:», «Анна пишет:».
WROTE = frozenset(
    _phrases(
        """
    ecrit | escreveu | escribio | escribió | geschreven | kirjoitti | napisal | napisal(a) | napisał | napisał(a) | napisała | napsal |
    napsal(a) | napísal | napísal(a) | schreef | schrieb | scris | scritto | sent | skreiv | pisał | pisała | pisze | skrev |
    skrifaði | skriver | viết |
    writes | wrote | yazdı | écrit | írta | έγραψε | παρέθεσε | написав | написал | написал(а) | написала | написали | писал |
    писал(а) | писала | писали | пише | пишет | пишете | скрев | 写道 | 寫道
    """,
    )
)

# Who writes, where no name stands beside the verb.
WRITERS = frozenset(_phrases("du | je | ty | u | you | vous | вы | ты | ви | ти | пользователь | user"))

# Words that open an attribution without date and verb.
QUOTING = frozenset(_phrases("citando | quoting | zitat | цитата | цитирование | цитирую"))

# Words that open an attribution; a blank or a comma follows.
OPENERS = _phrases(
    """
    on | le | am | op | el | il | den | em | dnia | w dniu | in data | vào | på | a | dne | dňa | at | в | od | ons | в письме |
    вы писали | you wrote | ты писал | quoting | citando | zitat | --- | в сообщении
    """,
)

# Days of the week, long and short, as attributions begin with them.
WEEKDAYS = frozenset(
    _phrases(
        """
    dim | fri | friday | jeu | ke | la | lun | ma | mar | mer | mon | monday | pe | sam | sat | saturday | su | sun | sunday | thu |
    thursday | ti | to | tue | tuesday | ven | wed | wednesday | воскресенье | вс | вск | вт | вторник | втр | пн | пнд | понедельник |
    пт | птн | пятница | пятницу | сб | сбт | ср | срд | среда | среду | суббота | субботу | четверг | чт | чтв
    """,
    )
)

# Titles between dashes over a quoted letter.
ORIGINAL = frozenset(
    _phrases(
        """
    alkuperäinen viesti | antwort nachricht | eredeti üzenet | mensagem original | mensaje original | mesaj original |
    message d'origine | message original | original message text | исходный текст сообщения | messaggio originale |
    oorspronkelijk bericht | opprinnelig melding | oprindelig besked |
    oprindelig meddelelse | original appointment | original email | original message | original-nachricht | originalmeddelande |
    originalnachricht | orijinal mesaj | pôvodná správa | původní zpráva | reply message | ursprungliche nachricht |
    ursprungligt meddelande | ursprüngliche nachricht | wiadomość oryginalna | вихідне повідомлення | исходное письмо |
    исходное сообщение | конец исходного сообщения | оригинал сообщения | оригинальное сообщение | ответ на сообщение |
    первоначальное сообщение | початкове повідомлення | 原始邮件
    """,
    )
)

# Titles between dashes, or before a colon, over a forwarded letter.
FORWARDED = frozenset(
    _phrases(
        """
    anfang der weitergeleiteten nachricht | begin doorgestuurd bericht | begin forwarded message | doorgestuurd |
    doorgestuurd bericht | début du message réexpédié | début du message transféré | edasisaadetud sõnum | edelleenlähetetty viesti |
    forward message | forwarded by | forwarded email | forwarded mail | forwarded message | iletilen ileti başlangıcı |
    iletilen mesaj | iletilmiş mesaj | inicio del mensaje reenviado | inicio do mensaje | inizio messaggio inoltrato |
    inizio messaggio reindirizzato | início da mensagem encaminhada | início da mensagem reencaminhada | mensagem encaminhada |
    mensagem reencaminhada | mensaje reenviado | mesaj redirecționat | mesaj yönlendirildi | mesajul redirecționat |
    message transfere | message transféré | message transmis | messaggio inoltrato | początek przekazywanej wiadomości |
    preposlaná správa | proslijeđena poruka | przekazana wiadomość | przeposłana wiadomość | přeposlaná zpráva | reencaminhada |
    start of forwarded message | start på videresendt besked | továbbított levél | továbbított levél kezdete | továbbított üzenet |
    treść przekazanej wiadomości | uudelleenlähetetty viesti | vidarebefordrat brev | vidarebefordrat meddelande |
    vidarebefordrat mejl | videresendt | videresendt besked | videresendt meddelelse | videresendt melding | välitetty |
    välitetty viesti | välitetty viesti alkaa | weitergeleitete nachricht | wiadomość przekazana dalej | wiadomość przesłana dalej |
    yönlendirilmiş ileti | započni proslijeđenu poruku | započnite proslijeđenu poruku | začiatok preposlanej správy |
    začátek přeposlané zprávy | začátek přeposílané zprávy | începe mesajul redirecționat | начало переадресованного сообщения |
    начало пересланного сообщения | начало пересылаемого сообщения | переадресоване повідомлення | переадресованное сообщение |
    перенаправленное сообщение | переслане повідомлення | пересланий лист | пересланное письмо | пересланное сообщение |
    пересылаемое письмо | пересылаемое сообщение | початок листа, що пересилається | початок переадресованого повідомлення |
    پیام هدایت شده | メッセージを転送 | 転送メッセージ | 轉寄的郵件 | 转发的邮件 | 전달된 메시지
    """,
    )
)

# Forwards that The Bat! announces without dashes and without a colon.
FORWARDED_PLAIN = frozenset(_phrases("это пересланное сообщение | this is a forwarded message"))

# What ends a forwarded letter, between dashes.
FORWARD_ENDS = frozenset(
    _phrases(
        """
    end of forwarded message | end of original message text | кінець листа, що пересилається | конец исходного текста сообщения |
    конец пересланного сообщения | конец пересылаемого сообщения
    """,
    )
)

# Header names as mail programs write them over a quoted or forwarded letter, by the English field.
_NAMES = {
    "from": """
        absender | afzender | da | de | de la | desde | expeditor | expéditeur | feladó | fra | from | frá | från | gönderen | kimden |
        lähettäjä | mittente | nadawca | od | odesílatel | odosielateľ | van | von | zamienia | šalje | від | від кого | от | от кого |
        отправитель | 发件人 | 寄件者 | 差出人 | 送信元 | 보낸 | 보낸 사람 | 사람
    """,
    "date": """
        data | date | date d'envoi | dato | datum | dată | dne | dátum | dňa | elküldve | enviada | enviado | envoyé | envoyé le |
        envoyée | fecha | fecha de envío | gesendet | gönderildi | gönderilme | inviato | küldve | lähetetty | odesláno | odoslané |
        poslano | päivä | päivämäärä | päiväys | sendt | sent | sent at | skickat | tarih | trimis | verzonden | wysłane | wysłano | дата |
        дата отправки | надіслано | отправлен | отправлена | отправлено | 发送时间 | 日付 | 日期
    """,
    "to": """
        a | aan | adresat | alici | an | címzett | către | destinataire | destinatario | dla | do | empfänger | kime | komu | para | per |
        pour | pre | prima | til | till | to | vastaanottaja | za | à | кому | 宛先 | 收件人 | 送信先 | 받는 사람
    """,
    "cc": """
        bilgi | cc | copie | copie à | dw | k/cc | kopi | kopia | kopie | kopio | kópia | másolat | másolatot | másolatot kap | udw |
        копия | копія | скрытая копия
    """,
    "subject": """
        aihe | assunto | asunto | betreff | emne | konu | naslov | objet | objeto | oggetto | onderwerp | predmet | předmět | subiect |
        subject | sujet | temat | tárgy | ämne | тема | 主旨 | 主题 | 件名 | 제목
    """,
    "reply-to": """
        antwort an | antworten | odpowiedź do | reply | reply to | reply-to | responder | responder a | rispondi a | risposta | répondre |
        répondre à | svar til | ответить | ответить на
    """,
    "other": """
        anlagen | attachments | файлы | bcc | importance | importancia | mailing-list | organization | priority | wichtigkeit | важность |
        вложение | вложения | приоритет
    """,
}
FIELDS = {name: field for field, names in _NAMES.items() for name in _phrases(names)}

# How lines begin that mobile programs, virus scanners and mailing lists append.
SENT_FROM = _phrases(
    """
    отправлено с | отправлено из | отправлено через | послано с | отправлено от | надіслано з | надіслано із | відправлено з |
    письмо отправлено с | sent from | sent via | sent with | sent on the go | get outlook for | from my iphone | from my ipad |
    gesendet von | gesendet mit | von meinem | diese nachricht wurde von meinem | envoyé depuis | envoyé de | enviado desde |
    enviado do | enviado de | inviato da | verzonden met | verzonden vanaf | sendt fra | skickat från | lähetetty | wysłano z |
    wysłane z | odesláno z | odoslané z | trimis de pe | sent by galaxy | sent by iphone | sent by android | 從我的 | 发自我的 |
    скачать outlook для | получить outlook для | outlook для | get [outlook for | sent using | отримайте outlook |
    someone from mobile | iphone'umdan gönderildi |
    без вирусов | вирусов нет. | это сообщение проверено на вирусы | письмо проверено на вирусы | проверено антивирусом | virus-free |
    this email has been checked for viruses | this email was checked for viruses | you received this message because you are subscribed
    """,
)

# Those of them that a person may write too («Отправлено из Москвы»): they need a device or a program after them.
SENT_FROM_PLACES = frozenset(
    _phrases(
        """
    отправлено с | отправлено из | отправлено через | послано с | отправлено от | надіслано з | надіслано із | відправлено з | sent from |
    sent via | sent with
    """,
    )
)
DEVICES = _phrases(
    """
    app | application | cell | device | galaxy | handheld | ios | ipad | iphone | ipod | mail | mobile | pad | phone | smartphone | tablet |
    айпад | айфон | андроид | веб-почт | веб-интерфейс | гаджет | коммуникатор | мобил | планшет | почт | приложени | смартфон | телефон |
    устройств | яндекс | застосун | пошт | телефон | пристро
    """,
)
# Programs that offer themselves: «Get BlueMail for Android».
APP_OFFERS = _phrases("get | download | скачать | получить | установить | отримати | завантажити")
PLATFORMS = _phrases("for android | for ios | for iphone | for mobile | for windows | для android | для ios | для iphone | для windows")

# Closings: a short line that begins so, near the end of the letter, opens the signature.
CLOSINGS = _phrases(
    """
    с уважением | с ув. | с уваж. | с наилучшими | всего доброго | всего хорошего | хорошего дня | с благодарностью |
    искренне ваш | с почтением | с приветом | з повагою | best regards | kind regards | warm regards | kindest regards | regards |
    with regards | sincerely | yours sincerely | yours truly | best wishes | cheers | many thanks | thanks and regards |
    mit freundlichen grüßen | mit freundlichem gruß | viele grüße | cordialement | bien cordialement | z poważaniem | z powazaniem |
    pozdrawiam | saludos | atentamente | cordiali saluti | met vriendelijke groet | med vänliga hälsningar | med venlig hilsen | med hilsen
    """,
)

# How small print begins, and words one of which it holds.
SMALL_PRINT = _phrases(
    """
    this e-mail | this email | this message | this communication | the information | the contents of | information in this | confidential |
    disclaimer | privileged | внимание! | данное | данная | настоящее | настоящий | информация | конфиденциально | сообщение | содержание |
    содержимое | это письмо | это сообщение | це повідомлення | diese e-mail | ce message | ce courriel
    """,
)
CONFIDENTIAL = _phrases(
    "confidential | конфиденциальн | конфіденційн | vertraulich | confidentiel | intended recipient | назначено исключительно"
)

# How a line begins that was added below the signature.
POSTSCRIPTS = _phrases("p.s | p. s | ps: | ps. | p.p.s | пс: | п.с | з.ы | зы: | зы, | постскриптум")

# Closings cut short close a letter only where a name follows.
CUT_SHORT = frozenset(_phrases("best | all the best | thank you | mvh | kh | br | vg"))

# Thanks close a letter only where the sender's own name follows: they may be said to somebody.
THANKS = frozenset(_phrases("thanks | thanks in advance | благодарю | заранее благодарю | заранее спасибо | спасибо"))

# What stands before the colon of a forwarded letter's subject.
FORWARD_PREFIXES = frozenset(
    _phrases(
        """
    doorst | enc | fs | fw | fwd | fwd[2] | i | ilt | i̇lt | pd | preposlané | rv | rvf | továbbított | továbbítás | tr | vb | vl |
    vs | wg | ynt | řp | переадр | переадресация | перенапр | пересл | переслано | переслать | пересылка | 转发 | 轉寄 | 转寄
    """,
    )
)

# Senders that are mail servers, perhaps a person too («postmaster»).
DAEMONS = _phrases(
    """
    mailer-daemon | mailer daemon | postmaster | post_master | mail-daemon | mailerdaemon | mdaemon | mail delivery |
    mail administrator | mail system | ndr administrator
    """,
)

# Senders that are never a person.
CERTAIN_DAEMONS = (
    *_phrases("mailer-daemon@ | <mailer-daemon | mail delivery subsystem | mail delivery system | mailerdaemon@ | mail-daemon@"),
    "mailer-daemon ",
)

# What servers say in the text of a report.
FAILURES = _phrases(
    """
    could not be delivered | couldn't be delivered | user unknown | unknown user | no such user | mailbox is full | mailbox full |
    invalid user address | not be delivered | envelope expired | delivery failed | undeliverable | quota exceeded | over quota |
    не может быть доставлено | не доставлено | не удалось доставить | переполнен | не существует | не можем доставить |
    невозможно доставить
    """,
)

# Lines of other helpdesks below which everything is old.
REPLY_ABOVE = _phrases(
    """
    reply above this line | type your reply above | write your reply above | please reply above | do not remove this line |
    ответ выше этой | пишите выше этой | отвечайте выше | ответьте выше | oberhalb dieser zeile | au-dessus de cette ligne
    """,
)

# Titles of the old part, under a rule.
PREVIOUS = frozenset(
    _phrases(
        """
    previous messages | previous replies | vorherige antworten | история переписки | предыдущие ответы | предыдущие сообщения
    """,
    )
)

# Subjects of delivery reports.
DELIVERY_SUBJECTS = _phrases(
    """
    delivery status notification | undeliverable | undelivered | mail delivery failed | delivery failure | delivery failed |
    returned mail | failure notice | delivery notification | delivery report | delivery problem | mail delivery | mail failure |
    delivery error | could not be delivered | not delivered | message delivery | mail system error | undeliver | nondeliverable |
    non-delivery | non delivery | delivery has failed | delivery delay | delayed mail | warning: could not send | warning: message |
    message not deliver | mail could not be | unable to deliver | returned to sender | return to sender | rejected: | bounce |
    email delivery | не доставлено | недоставленное | недоставка | не удалось доставить | не может быть доставлено |
    невозможно доставить | сообщение не доставлено | письмо не доставлено | ошибка доставки | уведомление о доставке |
    отчет о доставке | отчёт о доставке | возврат письма | unzustellbar | zustellung | mail non remis | non remis | non distribuable |
    onbestelbaar | no entregado | delivery to the following | address not found | message blocked | user unknown | mailbox full |
    over quota | mail not delivered | メールエラー | failed mail | nicht zugestellt | mail returned
    """,
)

# Words that make a subject worth a closer look.
DELIVERY_WORDS = (*DELIVERY_SUBJECTS, *_phrases("delivery | failure | returned | доставк | 配信 | エラー"))

# How subjects of automatic replies begin.
AUTO_SUBJECTS = _phrases(
    """
    автоответ | автоматический ответ | автоматична відповідь | автовідповідь | прочитано: | прочтено: | не прочитано: |
    уведомление о прочтении | отчет о прочтении | отчёт о прочтении | нет на рабочем месте | вне офиса | я в отпуске | в отпуске: |
    отсутствую | out of office | out-of-office | out of the office | automatic reply | auto reply | auto-reply | autoreply |
    auto response | auto-response | autoresponse | auto: | automatische antwort | abwesenheitsnotiz | abwesenheit |
    réponse automatique | réponse d'absence | respuesta automática | risposta automatica | automatisch antwoord | automatiskt svar |
    automatisk svar | vacation: | on vacation | read: | not read: | read receipt | gelesen: | lu: | odpowiedź automatyczna |
    automatická odpověď | resposta automática | 自動応答
    """,
)

# Parts of addresses that take no answers.
ROBOTS = _phrases(
    """
    no-reply | noreply | do-not-reply | donotreply | no_reply
    """,
)

# Between who sent a forwarded letter and who wrote it.
BEHALF = _phrases(
    """
    on behalf of  |  от имени  |  im auftrag von  |  pour le compte de
    """,
)


def is_robot(sender: str) -> bool:
    """An address that takes no answers, as far as its name tells."""
    return any(word in sender for word in ROBOTS)
