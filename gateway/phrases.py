"""The words of mail programs: attributions, header names, separators, signatures, prefixes — as data.

Pure. A new mail program usually means a line here and nothing elsewhere. All words are lower case.
"""

# Verbs that end or hold an attribution: «Anna wrote:», «Анна пишет:».
WROTE = frozenset(
    "wrote writes wrote, sent schrieb écrit ecrit escribió escribio scritto schreef geschreven skrev kirjoitti napisał napisał(a) napisal napisal(a) "
    "napisała escreveu escreveu, написал написала написал(а) написали пишет писал писала писал(а) писали пишете "
    "napsal(a) napsal napísal napísal(a) скрев написав пише écrit, scris yazdı írta viết 写道 寫道 schrieb, skriver skreiv skrifaði παρέθεσε έγραψε".split(),
)
# Words that open an attribution.
OPENERS = (
    "on ", "le ", "am ", "op ", "el ", "il ", "den ", "em ", "dnia ", "w dniu ", "in data ", "vào ", "på ", "a ", "on, ", "dne ", "dňa ", "at ", "в ", "od ", "ons ", "в письме ",
    "вы писали", "you wrote", "ты писал", "quoting ", "citando ", "zitat ", "--- ", "в сообщении",
)
WEEKDAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun понедельник вторник среда среду четверг пятница пятницу "
    "суббота субботу воскресенье пн вт ср чт пт сб вс ma ti ke to pe la su lun mar mer jeu ven sam dim пнд втр срд чтв птн сбт вск".split(),
)
MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
)
ORIGINAL = frozenset(
    [
        "original message", "original-nachricht", "original appointment", "reply message", "исходное сообщение", "исходное письмо", "оригинальное сообщение", "первоначальное сообщение", "оригинал сообщения",
        "вихідне повідомлення", "початкове повідомлення", "ursprüngliche nachricht", "ursprungliche nachricht", "originalnachricht", "message d'origine", "message original", "mensaje original", "messaggio originale",
        "oprindelig meddelelse", "oprindelig besked", "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande", "alkuperäinen viesti", "oorspronkelijk bericht", "mensagem original", "mensagem original",
        "wiadomość oryginalna", "původní zpráva", "pôvodná správa", "eredeti üzenet", "mesaj original", "orijinal mesaj", "原始邮件", "original email", "конец исходного сообщения", "ответ на сообщение", "antwort nachricht",
    ],
)
FORWARDED = frozenset(
    [
        "forwarded message", "begin forwarded message", "forwarded email", "forwarded by", "forward message", "forwarded mail", "start of forwarded message", "пересылаемое сообщение", "пересылаемое письмо",
        "пересланное сообщение", "пересланное письмо", "начало переадресованного сообщения", "начало пересылаемого сообщения", "перенаправленное сообщение", "переадресованное сообщение", "переслане повідомлення", "пересланий лист",
        "переадресоване повідомлення", "початок переадресованого повідомлення", "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "message transféré", "début du message réexpédié", "message transfere", "début du message transféré",
        "mensaje reenviado", "inicio del mensaje reenviado", "messaggio inoltrato", "inizio messaggio inoltrato", "inizio messaggio reindirizzato", "doorgestuurd bericht", "begin doorgestuurd bericht", "mensagem encaminhada", "mensagem reencaminhada",
        "início da mensagem encaminhada", "início da mensagem reencaminhada", "videresendt meddelelse", "videresendt besked", "videresendt melding", "vidarebefordrat meddelande", "vidarebefordrat mejl", "vidarebefordrat brev",
        "start på videresendt besked", "videresendt", "edelleenlähetetty viesti", "välitetty viesti", "välitetty viesti alkaa", "wiadomość przekazana dalej", "przekazana wiadomość", "treść przekazanej wiadomości", "początek przekazywanej wiadomości", "przeposłana wiadomość",
        "přeposlaná zpráva", "začátek přeposlané zprávy", "preposlaná správa", "začiatok preposlanej správy", "továbbított üzenet", "továbbított levél kezdete", "továbbított levél", "mesaj redirecționat", "mesajul redirecționat", "începe mesajul redirecționat",
        "iletilmiş mesaj", "yönlendirilmiş ileti", "iletilen ileti başlangıcı", "proslijeđena poruka", "započnite proslijeđenu poruku", "转发的邮件", "轉寄的郵件", "転送メッセージ", "전달된 메시지", "پیام هدایت شده", "välitetty", "reencaminhada",
        "edasisaadetud sõnum", "uudelleenlähetetty viesti", "inicio do mensaje", "mensaje reenviado", "doorgestuurd", "mesaj yönlendirildi", "iletilen mesaj", "начало пересланного сообщения", "початок листа, що пересилається", "začátek přeposílané zprávy", "započni proslijeđenu poruku", "wiadomość przesłana dalej", "メッセージを転送", "message transmis", "mensaje reenviado",
    ],
)
# Header names as mail programs write them over a quoted or forwarded letter.
HEADER_NAMES = {
    "from": "from от від von de da van fra från lähettäjä od отправитель kimden feladó nadawca odesílatel odosielateľ expéditeur desde mittente afzender absender expeditor gönderen frá 发件人 寄件者 差出人 보낸 사람 feladó: zamienia",
    "date": "date sent дата отправлено datum gesendet fecha enviado inviato data verzonden sendt skickat dato päiväys lähetetty odesláno odoslané dátum küldve wysłano wysłane tarih gönderildi trimis надіслано envoyé envoyée enviada poslano 发送时间 日期 日付 отправлена päivä gönderilme dňa dne datum: отправлен",
    "to": "to кому an à a para per aan til till vastaanottaja komu do címzett adresat destinataire alici kime către prima za 收件人 宛先 кому: empfänger destinatario dla pour",
    "cc": "cc копия kopie copie kopi kopia kopio kópia másolat dw bilgi копія cc: másolatot k/cc udw",
    "subject": "subject тема betreff objet asunto oggetto onderwerp emne ämne aihe temat předmět predmet tárgy subiect konu assunto 主题 主旨 件名 제목 predmet: objeto",
    "reply-to": "reply-to ответить reply risposta antworten répondre responder",
    "other": "importance важность attachments вложения bcc mailing-list organization вложение приоритет priority wichtigkeit anlagen",
}
FIELDS = {name: field for field, names in HEADER_NAMES.items() for name in names.split()}
FIELDS |= {
    "šalje": "from", "de la": "from", "від кого": "from", "送信元": "from", "från": "from", "sujet": "subject", "naslov": "subject", "dată": "date", "päivämäärä": "date", "elküldve": "date", "送信先": "to", "pre": "to", "copie à": "cc", "másolatot kap": "cc",
    "envoyé le": "date", "sent at": "date", "дата отправки": "date", "кому:": "to", "скрытая копия": "cc", "répondre à": "reply-to", "reply to": "reply-to", "ответить на": "reply-to", "antwort an": "reply-to",
    "responder a": "reply-to", "rispondi a": "reply-to", "от кого": "from", "보낸 사람": "from", "받는 사람": "to", "fecha de envío": "date", "importancia": "other", "date d'envoi": "date", "odpowiedź do": "reply-to", "svar til": "reply-to",
}
# Whole lines that mobile programs append. Matched at the start of a line.
SENT_FROM = (
    "отправлено с ", "отправлено из ", "отправлено через ", "послано с ", "отправлено от ", "надіслано з ", "надіслано із ", "відправлено з ", "письмо отправлено с ", "sent from ", "sent via ", "sent with ", "sent on the go", "get outlook for",
    "from my iphone", "from my ipad", "gesendet von ", "gesendet mit ", "von meinem ", "diese nachricht wurde von meinem", "envoyé depuis ", "envoyé de ", "enviado desde ", "enviado do ", "enviado de ", "inviato da ", "verzonden met ", "verzonden vanaf ",
    "sendt fra ", "skickat från ", "lähetetty ", "wysłano z ", "wysłane z ", "odesláno z ", "odoslané z ", "trimis de pe ", "<<sent by", "(sent from", "從我的 ", "发自我的", "скачать outlook для", "получить outlook для", "outlook для ", "get [outlook for",
    "sent using ", "отримайте outlook", "-- отправлено", "--sent from", "someone from mobile", "iphone'umdan gönderildi",
)
# Closings: a short line that begins so, near the end of the letter, opens the signature.
CLOSINGS = (
    "с уважением", "с ув.", "с наилучшими", "всего доброго", "всего хорошего", "хорошего дня", "с благодарностью", "заранее спасибо", "искренне ваш", "с почтением", "с приветом", "з повагою", "best regards", "kind regards", "warm regards", "kindest regards",
    "regards", "with regards", "sincerely", "yours sincerely", "yours truly", "best wishes", "cheers", "many thanks", "thanks and regards", "mit freundlichen grüßen", "mit freundlichem gruß", "viele grüße", "cordialement", "bien cordialement",
    "z poważaniem", "z powazaniem", "pozdrawiam", "saludos", "atentamente", "cordiali saluti", "met vriendelijke groet", "med vänliga hälsningar", "med venlig hilsen",
)
THANKS = frozenset(["спасибо", "спасибо!", "спасибо.", "спасибо,", "благодарю", "благодарю!", "thanks,", "thanks", "thank you,"])
FORWARD_PREFIXES = frozenset(
    "i̇lt fwd fw пересл перенапр переслано пересылка переадр переслать wg tr rv i vs vb enc doorst vl pd fs továbbítás továbbított rvf fwd[2] ilt ynt: řp preposlané fwd: vl: переадресация".split(),
)
# Senders that are mail servers, perhaps a person too («postmaster»), and those that are never a person.
DAEMONS = ("mailer-daemon", "mailer daemon", "postmaster", "post_master", "mail-daemon", "mailerdaemon", "mdaemon", "mail delivery", "mail administrator", "mail system", "ndr administrator")
CERTAIN_DAEMONS = ("mailer-daemon@", "mailer-daemon ", "<mailer-daemon", "mail delivery subsystem", "mail delivery system", "mailerdaemon@", "mail-daemon@")
FAILURES = (
    "could not be delivered", "couldn't be delivered", "user unknown", "unknown user", "no such user", "mailbox is full", "mailbox full", "invalid user address", "not be delivered", "envelope expired", "delivery failed", "undeliverable", "quota exceeded", "over quota",
    "не может быть доставлено", "не доставлено", "не удалось доставить", "переполнен", "не существует", "не можем доставить", "невозможно доставить",
)
# Lines of other helpdesks below which everything is old, and titles of the old part.
REPLY_ABOVE = (
    "reply above this line", "type your reply above", "write your reply above", "please reply above", "do not remove this line", "ответ выше этой", "пишите выше этой", "отвечайте выше", "ответьте выше", "oberhalb dieser zeile", "au-dessus de cette ligne",
)
PREVIOUS = frozenset({"previous replies", "vorherige antworten", "предыдущие ответы", "предыдущие сообщения", "история переписки", "previous messages"})
DELIVERY_SUBJECTS = (
    "delivery status notification", "undeliverable", "undelivered", "mail delivery failed", "delivery failure", "delivery failed", "returned mail", "failure notice", "delivery notification", "delivery report", "delivery problem",
    "mail delivery", "mail failure", "delivery error", "could not be delivered", "not delivered", "message delivery", "mail system error", "undeliver", "nondeliverable", "non-delivery", "non delivery", "delivery has failed", "delivery delay", "delayed mail",
    "warning: could not send", "warning: message", "message not deliver", "mail could not be", "unable to deliver", "returned to sender", "return to sender", "rejected:", "bounce", "email delivery", "не доставлено", "недоставленное", "недоставка", "не удалось доставить", "не может быть доставлено",
    "невозможно доставить", "сообщение не доставлено", "письмо не доставлено", "ошибка доставки", "уведомление о доставке", "отчет о доставке", "отчёт о доставке", "возврат письма", "unzustellbar", "zustellung", "mail non remis", "non remis", "non distribuable", "onbestelbaar", "no entregado", "delivery to the following",
    "address not found", "message blocked", "user unknown", "mailbox full", "over quota", "mail not delivered", "メールエラー", "failed mail", "nicht zugestellt", "mail returned",
)
DELIVERY_WORDS = (*DELIVERY_SUBJECTS, "delivery", "failure", "returned", "доставк", "配信", "エラー")
AUTO_SUBJECTS = (
    "автоответ", "автоматический ответ", "автоматична відповідь", "автовідповідь", "прочитано:", "прочтено:", "не прочитано:", "уведомление о прочтении", "отчет о прочтении", "отчёт о прочтении", "нет на рабочем месте", "вне офиса", "я в отпуске", "в отпуске:", "отсутствую", "out of office", "out-of-office", "out of the office",
    "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "auto:", "automatische antwort", "abwesenheitsnotiz", "abwesenheit", "réponse automatique", "réponse d'absence", "respuesta automática", "risposta automatica", "automatisch antwoord",
    "automatiskt svar", "automatisk svar", "vacation:", "on vacation", "read:", "not read:", "read receipt", "gelesen:", "lu:", "odpowiedź automatyczna", "automatická odpověď", "resposta automática", "自動応答",
)


def is_robot(sender: str) -> bool:
    """An address that takes no answers, as far as its name tells."""
    return any(word in sender for word in ("no-reply", "noreply", "do-not-reply", "donotreply", "no_reply"))
