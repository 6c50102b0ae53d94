# Sends one message with Ruby's net/smtp: enable_starttls, start, send_message.
require 'net/smtp'

host, port, ca, tls, sender, recipient, user, password = ARGV
message = $stdin.read
context = OpenSSL::SSL::SSLContext.new
context.set_params(ca_file: ca)
client = Net::SMTP.new(host, port.to_i)
client.open_timeout = 3
client.read_timeout = 3
tls == 'required' ? client.enable_starttls(context) : client.enable_starttls_auto(context)
login = user ? [user, password, :plain] : []
client.start('me.client.example', *login) { client.send_message(message, sender, recipient) }
