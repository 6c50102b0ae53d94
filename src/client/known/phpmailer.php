<?php
// Sends one message with PHPMailer; TLS is left to the library.
require '/usr/share/php/libphp-phpmailer/autoload.php';

[, $host, $port, $ca, $tls, $sender, $recipient] = $argv;
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = $host;
$mail->Port = (int) $port;
$mail->Helo = 'me.client.example';
$mail->Timeout = 3;
// A reply is waited for as long as this says, and five minutes unless said.
$mail->getSMTPInstance()->Timelimit = 3;
$mail->SMTPSecure = $tls === 'required' ? 'tls' : '';
$mail->SMTPOptions = ['ssl' => ['cafile' => $ca, 'verify_peer' => true, 'verify_peer_name' => true]];
if (isset($argv[7])) {
    $mail->SMTPAuth = true;
    $mail->Username = $argv[7];
    $mail->Password = $argv[8];
}
$mail->setFrom($sender);
$mail->addAddress($recipient);
$mail->Subject = 'a message';
$mail->Body = stream_get_contents(STDIN);
$mail->send();
